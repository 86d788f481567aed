"""PyTorch: a DataLoader with two worker processes, whose batches travel in shared memory."""
import torch
from torch.utils.data import DataLoader, Dataset


class Numbers(Dataset):
    def __len__(self):
        return 400

    def __getitem__(self, index):
        return torch.full((64,), float(index))


if __name__ == "__main__":
    total = 0.0
    for batch in DataLoader(Numbers(), batch_size=20, num_workers=2):
        total += batch.sum().item()
    print(total)
