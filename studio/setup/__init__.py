"""Owns getting the studio to run on a bare machine; standard library only, so that it works before anything is there."""
