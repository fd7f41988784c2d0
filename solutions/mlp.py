"""The multi-layer perceptron: affine layers with bends between them, and a loss at the end.

    x → Affine → activation (→ Dropout) → Affine → … → Affine → scores → criterion → loss

`loss` runs this forward for a whole batch, `backward` sends the gradient back: matrix products all the way
(lecture note 4). There is no activation and no dropout after the last layer, whose outputs are the scores.

Sources: lecture notes 1, 3 and 4; CS231n notes, "Neural Networks", parts 1 and 2.
"""

from itertools import pairwise

import numpy

from .initializers import he_normal
from .layers import Affine, Sequential
from .regularizers import Dropout


class MLP:
    """A classifier or a regression, from the sizes of its layers.

    sizes: list of ints [D, H1, …, C], at least two: inputs, hidden units of each layer, scores. [D, C] is a
    linear model. activation: a class or a callable without arguments, called once per hidden layer.
    criterion: a loss, with `forward(scores, targets)` → float and `backward()`. rng, initializer, dtype, xp: as
    in `Affine`. dropout: the chance to drop, from 0 to below 1; at 0 there are no dropout blocks, above 0 there
    is one after every activation.

    Parameters are named by the position in the row of blocks, as `Sequential` does: "0.w", "0.b", "2.w", "2.b", …
    without dropout, "0.w", "0.b", "3.w", … with it. x, targets and parameters belong to one array library.
    """

    def __init__(
        self,
        sizes,
        activation,
        criterion,
        rng,
        initializer=he_normal,
        dropout=0.0,
        dtype=numpy.float64,
        xp=numpy,
    ):
        self.criterion = criterion
        self.training = True
        # BEGIN SOLUTION
        blocks = [Affine(sizes[0], sizes[1], rng, initializer, dtype, xp)]
        for fan_in, fan_out in pairwise(sizes[1:]):
            blocks.append(activation())
            if dropout > 0:
                blocks.append(Dropout(dropout, rng))
            blocks.append(Affine(fan_in, fan_out, rng, initializer, dtype, xp))
        self.network = Sequential(*blocks)
        # END SOLUTION

    @property
    def params(self):
        """Dict from name to array: every access gives the same array objects."""
        # BEGIN SOLUTION
        return self.network.params
        # END SOLUTION

    @property
    def grads(self):
        """Dict with the keys of `params`: the gradients of the latest `backward`, zeros before the first."""
        # BEGIN SOLUTION
        return self.network.grads
        # END SOLUTION

    def forward(self, x):
        """Return the scores, of shape (N, C); x is an (N, D) array."""
        # BEGIN SOLUTION
        return self.network.forward(x)
        # END SOLUTION

    def loss(self, x, targets):
        """Return the criterion's loss of the batch, a float, without any penalty; targets as it wants them."""
        # BEGIN SOLUTION
        return self.criterion.forward(self.forward(x), targets)
        # END SOLUTION

    def backward(self):
        """Return the gradient of the latest `loss` for its x, (N, D); assign all `grads`.

        Call it before any other `forward` or `predict`: each block remembers its latest forward only.
        """
        # BEGIN SOLUTION
        return self.network.backward(self.criterion.backward())
        # END SOLUTION

    def predict(self, x):
        """Return the place of the largest score of each row, the first at a tie: int64 array of shape (N,).

        Computed in evaluation mode, whatever the mode is; afterwards the mode is what it was.
        """
        # BEGIN SOLUTION
        was_training = self.training
        self.eval()
        labels = self.forward(x).argmax(axis=1).astype(numpy.int64)
        if was_training:
            self.train()
        return labels
        # END SOLUTION

    def train(self):
        """Switch to training mode, inside too."""
        # BEGIN SOLUTION
        self.training = True
        self.network.train()
        # END SOLUTION

    def eval(self):
        """Switch to evaluation mode, inside too: dropout passes on what it gets."""
        # BEGIN SOLUTION
        self.training = False
        self.network.eval()
        # END SOLUTION
