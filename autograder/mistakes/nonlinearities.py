"""The known mistakes of assignment 2, nonlinearities."""

from .nonlinearities_activations import ACTIVATIONS
from .nonlinearities_losses import LOSSES

MISTAKES = (*ACTIVATIONS, *LOSSES)
