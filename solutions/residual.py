"""Skip connections: a way round a block, for values on the way forward and for gradients on the way back.

Sources: lecture note 1 (skip connections), lecture note 4 (layers); He, Zhang, Ren and Sun 2016.
"""


class Residual:
    """f(x) = x + block(x): the block learns what to add to x, and dx = upstream + what the block sends back.

    However small the block's own gradient is, the 1 of the skip keeps upstream alive through a deep stack.

    block: anything with `forward(x)`, `backward(upstream)`, `params` and `grads` whose output has the shape of x,
    such as an activation, an Affine or a Sequential. `params` and `grads` are the block's, under the same names.
    """

    def __init__(self, block):
        self.block = block
        self.training = True

    @property
    def params(self):
        """The block's parameters: the same array objects."""
        # BEGIN SOLUTION
        return self.block.params
        # END SOLUTION

    @property
    def grads(self):
        """The block's gradients of the latest `backward`: looked up anew, since a block may make a new dict."""
        # BEGIN SOLUTION
        return self.block.grads
        # END SOLUTION

    def train(self):
        """Switch to training mode, the block too if it has modes (Dropout has, ReLU has not)."""
        # BEGIN SOLUTION
        self.training = True
        if hasattr(self.block, "train"):
            self.block.train()
        # END SOLUTION

    def eval(self):
        """Switch to evaluation mode, the block too if it has modes."""
        # BEGIN SOLUTION
        self.training = False
        if hasattr(self.block, "eval"):
            self.block.eval()
        # END SOLUTION

    def forward(self, x):
        """Return x + block(x), a new array of the shape of x."""
        # BEGIN SOLUTION
        return x + self.block.forward(x)
        # END SOLUTION

    def backward(self, upstream):
        """Return dx, a new array of the shape of x; the block's backward pass, called once, sets `grads`."""
        # BEGIN SOLUTION
        return upstream + self.block.backward(upstream)
        # END SOLUTION
