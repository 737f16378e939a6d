"""Owns getting the studio to run on a bare machine; standard library only, so it works before anything is there."""
