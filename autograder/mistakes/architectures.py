"""The known mistakes of assignment 6, architectures."""

from .architectures_blocks import BLOCKS
from .architectures_blocks import LEFT_OUT as LEFT_OUT_BLOCKS
from .architectures_convolution import CONVOLUTION
from .architectures_convolution import LEFT_OUT as LEFT_OUT_CONVOLUTION
from .architectures_embeddings import EMBEDDINGS
from .architectures_embeddings import LEFT_OUT as LEFT_OUT_EMBEDDINGS
from .architectures_transfer import LEFT_OUT as LEFT_OUT_TRANSFER
from .architectures_transfer import TRANSFER

MISTAKES = (*CONVOLUTION, *BLOCKS, *EMBEDDINGS, *TRANSFER)
LEFT_OUT = {**LEFT_OUT_CONVOLUTION, **LEFT_OUT_BLOCKS, **LEFT_OUT_EMBEDDINGS, **LEFT_OUT_TRANSFER}
"""Known mistakes that have no row, and why."""
