"""Execute notebooks and store what they show (`make execute NB="nbs/00_core.ipynb ..."`): figures with two dots for each of a screen's, as phones
have them, in as few colours as drawings need. Cells that are not for everybody keep the outputs that they have."""
import base64, re, sys
from pathlib import Path
from execnb.nbio import read_nb, write_nb
from execnb.shell import CaptureShell
from pages import small

NOT_HERE = re.compile(r'^#\s*\|\s*(eval:\s*false|slow|cuda|extra)\b', re.M)

def execute(
    path # of a notebook
):
    "Execute a notebook in its place"
    nb = read_nb(path)
    CaptureShell(path.parent, mpl_format='retina').run_all(nb, exc_stop=True, preproc=lambda c: c.cell_type != 'code' or bool(NOT_HERE.search(c.source)))
    for c in nb.cells:
        if c.cell_type != 'code': continue
        shown = not re.search(r'^#\s*\|\s*output:\s*false', c.source, re.M)                # sliders, say, which here are only their pictures
        c.outputs = [o for o in c.outputs if shown and o.get('name') != 'stderr']          # warnings name folders of this machine
    for data in (o['data'] for c in nb.cells for o in c.get('outputs', []) if 'image/png' in o.get('data', {})):
        data['image/png'] = base64.b64encode(small(base64.b64decode(''.join(data['image/png'])))).decode()
    write_nb(nb, path)

if __name__ == '__main__':
    if len(sys.argv) == 1: sys.exit('NB=: expected notebooks, got none; give paths such as nbs/00_core.ipynb')
    for name in sys.argv[1:]: execute(Path(name))
