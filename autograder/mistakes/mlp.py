"""The known mistakes of assignment 5, multi-layer perceptrons."""

from .mlp_layers import LAYERS
from .mlp_layers import LEFT_OUT as LEFT_OUT_LAYERS
from .mlp_mlp import LEFT_OUT as LEFT_OUT_MLP
from .mlp_mlp import MLP
from .mlp_training import LEFT_OUT as LEFT_OUT_TRAINING
from .mlp_training import TRAINING

MISTAKES = (*LAYERS, *MLP, *TRAINING)
LEFT_OUT = {**LEFT_OUT_LAYERS, **LEFT_OUT_MLP, **LEFT_OUT_TRAINING}
"""Known mistakes that have no row, and why."""
