from . import export, media
