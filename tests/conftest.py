from pathlib import Path
import pytest

@pytest.fixture(scope='session')
def root():
    "The repository"
    return Path(__file__).parent.parent
