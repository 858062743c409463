from . import export, facts, media
