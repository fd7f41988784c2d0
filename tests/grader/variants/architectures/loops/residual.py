"""Skip connections, written out in small steps."""


class Residual:
    """f(x) = x + block(x), and dx = upstream + what the block sends back.

    block: anything with `forward(x)`, `backward(upstream)`, `params` and `grads` whose output has the shape of x.
    """

    def __init__(self, block):
        self.block = block
        self.training = True

    @property
    def params(self):
        """The block's parameters: the same array objects."""
        return self.block.params

    @property
    def grads(self):
        """The block's gradients of the latest `backward`: asked for each time, never stored here."""
        return self.block.grads

    def train(self):
        """Switch to training mode, the block too if it has modes."""
        self.training = True
        if hasattr(self.block, "train"):
            self.block.train()

    def eval(self):
        """Switch to evaluation mode, the block too if it has modes."""
        self.training = False
        if hasattr(self.block, "eval"):
            self.block.eval()

    def forward(self, x):
        """Return x + block(x), a new array of the shape of x."""
        change = self.block.forward(x)
        return x + change

    def backward(self, upstream):
        """Return dx, a new array of the shape of x; the block sets its own `grads`."""
        through_the_block = self.block.backward(upstream)
        return upstream + through_the_block
