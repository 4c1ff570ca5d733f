#!/usr/bin/env python3
"""The networks of experiments/ in PyTorch, channels last, with an ordinary training loop."""

import common

args = common.arguments()

import torch
from torch import nn

torch.set_num_threads(args.threads)
torch.manual_seed(1337)

(x, y), (val_x, val_y) = (
    [torch.from_numpy(a).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last) for a in pair]
    for pair in common.images(args.system, args.train)
)
filters, latent, channels = common.network(args.system)


class SameConv(nn.Conv2d):
    """A convolution of stride 2 that pads an even size below and on the right only."""

    def forward(self, x):
        return super().forward(nn.functional.pad(x, (0, 1, 0, 1)))


size = x.shape[-1] // 2 ** len(filters)
flat = filters[-1] * size * size
modules, last = [], x.shape[1]
for count in filters:
    modules += [SameConv(last, count, 3, stride=2), nn.ReLU()]
    last = count
modules += [nn.Flatten(), nn.Linear(flat, latent), nn.Linear(latent, flat)]
modules += [nn.Unflatten(1, (filters[-1], size, size))]


class SameTranspose(nn.ConvTranspose2d):
    """The adjoint of `SameConv`: twice the size, one row and column cut off."""

    def forward(self, x):
        return super().forward(x)[..., :-1, :-1]


for count in reversed(filters):
    modules += [SameTranspose(last, count, 3, stride=2), nn.ReLU()]
    last = count
modules += [nn.ConvTranspose2d(last, channels, 3, padding=1), nn.Sigmoid()]
model = nn.Sequential(*modules).to(memory_format=torch.channels_last)
for module in model.modules():
    if hasattr(module, "weight"):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)

optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7, fused=True)
loss_of = nn.MSELoss()
forward = torch.compile(model) if args.variant == "compile" else model


def validate():
    with torch.inference_mode():
        sums = [
            loss_of(model(val_x[i : i + 100]), val_y[i : i + 100]).item()
            for i in range(0, len(val_x), 100)
        ]
    return sum(sums) / len(sums)


name = " ".join(filter(None, ["PyTorch", args.variant]))
clock = common.Clock(name, f"PyTorch {torch.__version__}", args)
for epoch in range(args.epochs):
    clock.start()
    total = torch.zeros(())
    order = torch.randperm(len(x))
    for start in range(0, len(x), args.batch):
        index = order[start : start + args.batch]
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(forward(x[index]), y[index])
        loss.backward()
        optimizer.step()
        total += loss.detach()
        if args.first_step and start == 0:
            print("first loss", loss.item(), flush=True)
    clock.epoch(epoch + 1, total / -(-len(x) // args.batch), validate())
