"Adapters to other libraries, against these: their own checks, and the cells of notebooks that need an extra. Who lacks one is told which."
import sys
import pytest

@pytest.mark.slow
@pytest.mark.parametrize('name, needs', [('06_parallel', 'distributed ray'), ('58_panels', 'distributed ray pyarrow'), ('63_for_sktime', 'sktime'), ('64_for_gluonts', 'gluonts'), ('65_for_sklearn', 'sklearn')])
def test_cells_that_need_an_extra(root, sh, name, needs):
    for library in needs.split(): pytest.importorskip(library)
    sh(sys.executable, '-c', f'from nbdev.test import nbdev_test; nbdev_test(path="nbs/{name}.ipynb", flags="extra")', cwd=root)

@pytest.mark.slow
@pytest.mark.filterwarnings('ignore')
def test_checks_of_sktime():
    pytest.importorskip('sktime')
    from sktime.utils.estimator_checks import check_estimator
    from dynmoe.for_sktime import DynmoeForecaster
    done = check_estimator(DynmoeForecaster, raise_exceptions=False, verbose=False)
    assert len(done) > 700 and {k: v for k, v in done.items() if v != 'PASSED'} == {}

# What scikit-learn checks with some twenty independent samples, of which no law can be found; the notebook checks it with a series.
OF_SAMPLES = """fit_score_takes_y estimators_overwrite_params dont_overwrite_parameters estimators_fit_returns_self readonly_memmap_input n_features_in_after_fitting estimators_dtypes
    dtype_object pipeline_consistency estimators_pickle f_contiguous_array_estimator clustering methods_sample_order_invariance methods_subset_invariance fit2d_1feature dict_unchanged fit2d_predict1d""".split()

def test_checks_of_sklearn():
    pytest.importorskip('sklearn')
    from sklearn.utils.estimator_checks import check_estimator
    from dynmoe.for_sklearn import RegimeClusterer
    done = check_estimator(RegimeClusterer(), expected_failed_checks={f'check_{k}': 'it needs 60 samples of a series' for k in OF_SAMPLES}, on_fail='raise', on_skip=None)
    assert sum(r['status'] == 'passed' for r in done) >= 25
    assert all('at least 60 samples' in str(r['exception']) for r in done if r['status'] == 'xfail')

def test_an_adapter_says_what_is_missing(sh):
    for module, make in [('for_sktime', 'DynmoeForecaster()'), ('for_gluonts', 'DynmoePredictor(3)'), ('for_sklearn', 'RegimeClusterer()')]:
        library = module.removeprefix('for_')
        code = f'''import sys; sys.modules[{library!r}] = None
from dynmoe.core import InputError
import dynmoe.{module} as m
try: m.{make}
except InputError as e: assert "pip install 'dynmoe[{library}]'" in str(e), e
else: raise SystemExit('made')'''
        sh(sys.executable, '-c', code)
