"Packaging: everything is read from settings.ini (setuptools only, so that it runs in an isolated build)."
from configparser import ConfigParser
from pathlib import Path
from setuptools import find_packages, setup

here = Path(__file__).parent
parser = ConfigParser(delimiters=['='])
parser.read(here/'settings.ini', encoding='utf-8')
cfg = parser['DEFAULT']

extras = {k.removeprefix('extra_'): v.split() for k, v in cfg.items() if k.startswith('extra_')}
extras['all'] = sorted({r for rs in extras.values() for r in rs})
extras['docs'] = cfg['docs_requirements'].split()
extras['dev'] = cfg['dev_requirements'].split() + extras['docs'] + extras['all']

stages = '1 - Planning,2 - Pre-Alpha,3 - Alpha,4 - Beta,5 - Production/Stable,6 - Mature,7 - Inactive'.split(',')
pythons = [f'3.{minor}' for minor in range(int(cfg['min_python'].split('.')[1]), 15)]

setup(
    name=cfg['lib_name'],
    version=cfg['version'],
    description=cfg['description'],
    long_description=(here/'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    author=cfg['author'],
    author_email=cfg['author_email'],
    license='MIT',
    url=cfg['git_url'],
    project_urls={'Documentation': cfg['doc_host'] + cfg['doc_baseurl'], 'Changelog': cfg['git_url'] + '/blob/main/CHANGELOG.md'},
    keywords=cfg['keywords'].split(),
    classifiers=['Development Status :: ' + stages[int(cfg['status']) - 1],
                 'Intended Audience :: ' + cfg['audience'],
                 'Natural Language :: ' + cfg['language'],
                 *('Programming Language :: Python :: ' + p for p in pythons)],
    packages=find_packages(include=[cfg['lib_path'], cfg['lib_path'] + '.*']),
    include_package_data=True,
    python_requires='>=' + cfg['min_python'],
    install_requires=cfg['requirements'].split(),
    extras_require=extras,
    entry_points={'console_scripts': cfg['console_scripts'].split(), 'nbdev': [f"{cfg['lib_name']}={cfg['lib_path']}._modidx:d"]},
    zip_safe=False,
)
