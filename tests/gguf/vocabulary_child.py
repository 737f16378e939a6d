"""Child of test_tokeniser: encodes with llama.cpp what comes on stdin. `python vocabulary_child.py MODEL`."""

import ctypes
import json
import sys

import llama_cpp as ll

silent = ll.llama_log_callback(lambda _level, _text, _data: None)
ll.llama_log_set(silent, ctypes.c_void_p(0))
ll.llama_backend_init()
parameters = ll.llama_model_default_params()
parameters.vocab_only = True
model = ll.llama_model_load_from_file(sys.argv[1].encode(), parameters)
vocabulary = ll.llama_model_get_vocab(model)
for line in sys.stdin:
    text, special = json.loads(line)
    data = text.encode()
    room = len(data) + 8
    ids = (ll.llama_token * room)()
    count = ll.llama_tokenize(vocabulary, data, len(data), ids, room, False, special)
    print(json.dumps(list(ids[:count])))
