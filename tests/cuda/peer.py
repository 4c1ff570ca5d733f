#!/usr/bin/env python3
"""The chapter's denoising network in PyTorch: prints images per second of training.

    tests/cuda/peer.py DEVICE BATCH IMAGES float32|tf32

Exits with status 3 if there is no PyTorch, or it does not support the device.
"""

import sys
import time

try:
    import torch
    from torch import nn
    from torch.nn import functional as F
except ModuleNotFoundError:
    sys.exit(3)


def network():
    # "same" pads an even side at its end only. Padding at both ends gives the same sizes and work, and cuDNN
    # does it without copies.
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, 2, padding=1), nn.ReLU(),
        nn.Conv2d(32, 64, 3, 2, padding=1), nn.ReLU(),
        nn.Flatten(), nn.Linear(3136, 16),
        nn.Linear(16, 3136), nn.Unflatten(1, (64, 7, 7)),
        nn.ConvTranspose2d(64, 64, 3, 2, padding=1, output_padding=1), nn.ReLU(),
        nn.ConvTranspose2d(64, 32, 3, 2, padding=1, output_padding=1), nn.ReLU(),
        nn.ConvTranspose2d(32, 1, 3, 1, padding=1), nn.Sigmoid(),
    )


def main():
    device, batch, images, precision = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    if device != "cpu" and not torch.cuda.is_available():
        sys.exit(3)
    tensor_cores = precision == "tf32"
    if tensor_cores and device != "cpu" and torch.cuda.get_device_capability(device) < (8, 0):
        sys.exit("this GPU has no TF32")
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = tensor_cores
    torch.backends.cuda.matmul.allow_tf32 = tensor_cores
    torch.manual_seed(1)
    targets = torch.rand(images, 1, 28, 28, device=device)
    inputs = (targets + torch.randn_like(targets) * 0.5 + 0.5).clamp(0, 1)
    model = network().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7, fused=True)

    def epoch():
        order = torch.randperm(images, device=device)
        total = torch.zeros((), device=device)
        for start in range(0, images, batch):
            index = order[start : start + batch]
            loss = F.mse_loss(model(inputs[index]), targets[index])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += loss.detach()
        return total.item()

    epoch()
    speeds = []
    for _ in range(3):
        started = time.perf_counter()
        epoch()
        speeds.append(images / (time.perf_counter() - started))
    print(sorted(speeds)[1])


main()
