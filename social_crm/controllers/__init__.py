from . import export, facts, media, portal
