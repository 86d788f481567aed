"""joblib's default backend (loky): calls in processes that it starts and keeps."""
from joblib import Parallel, delayed


def square(x):
    return x * x


if __name__ == "__main__":
    print(sum(Parallel(n_jobs=2)(delayed(square)(x) for x in range(200))))
    print(sum(Parallel(n_jobs=2)(delayed(square)(x) for x in range(50))))
