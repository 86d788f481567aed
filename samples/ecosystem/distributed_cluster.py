"""Dask's distributed: a cluster of two worker processes on this machine."""
from dask.distributed import Client, LocalCluster


def double(x):
    return 2 * x


if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:
        with Client(cluster) as client:
            print(sum(client.gather(client.map(double, range(100)))))
