"""scikit-learn with n_jobs=2: a search over parameters in joblib's processes."""
import numpy as np
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV

if __name__ == "__main__":
    numbers = np.random.RandomState(0)
    x = numbers.rand(60, 4)
    y = x @ np.array([1.0, 2.0, 3.0, 4.0]) + 0.01 * numbers.rand(60)
    search = GridSearchCV(Ridge(), {"alpha": [0.01, 0.1, 1.0]}, n_jobs=2, cv=3)
    search.fit(x, y)
    print(search.best_params_)
