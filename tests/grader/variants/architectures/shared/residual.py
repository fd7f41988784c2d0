"""A skip connection that gets its names and modes from Sequential's way of looking after one block."""

from .layers import Sequential


class Residual(Sequential):
    def __init__(self, block):
        super().__init__(block)
        self.block = block

    @property
    def params(self):
        return dict(self.block.params)

    @property
    def grads(self):
        return dict(self.block.grads)

    def forward(self, x):
        return super().forward(x) + x

    def backward(self, upstream):
        return super().backward(upstream) + upstream
