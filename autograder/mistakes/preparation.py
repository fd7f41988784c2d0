"""The known mistakes of assignment 3, preparation."""

from .preparation_initializers import INITIALIZERS
from .preparation_preprocessing import PREPROCESSING
from .preparation_regularizers import REGULARIZERS

MISTAKES = (*INITIALIZERS, *PREPROCESSING, *REGULARIZERS)
