# The model of this pack in Godot 4. Needs only llama.cpp's own server, which your game starts, such as:
#
#     OS.create_process("llama-server", ["-m", "model/model.gguf", "--host", "127.0.0.1", "--port", "8079", "-c", "4096"])
#
# Add a node with this script, set `folder` to the pack's folder and `game` to an object of yours with
#     func names() -> PackedStringArray            who is there
#     func carry_out(call: Dictionary) -> String   does what a call says; the result line of a tool that is answered,
#                                                  such as "stealth: 13 + 6(skill) = *19*", else ""
# then call `await say("I keep low along the weir.")`.
#
# Every prompt is token ids: only the template's own texts may name control tokens, never what players type.
class_name LorewrightModel
extends Node

@export_dir var folder := "res://pack"
@export var address := "http://127.0.0.1:8079"
@export var most_tokens := 200
@export_multiline var system := ""

var game: Object
var _about: Dictionary
var _form: Dictionary
var _loop: Dictionary
var _tools := {}
var _chat: Array[Dictionary] = []
var _bracket := RegEx.create_from_string("\\[([^\\[\\]\\r\\n]{1,300})\\]")
var _counted := RegEx.create_from_string("^x[0-9]+$")


func _ready() -> void:
	_about = _read("pack.json")
	_form = _read(_about.chat.form)
	_loop = _read(_about.tools.loop)
	for tool in _read(_about.tools.schemas).tools:
		_tools[tool.name] = tool
	_chat = [{"role": "system", "content": system}]


# The player's line; what the narrator says until it is the player's turn again.
func say(text: String) -> PackedStringArray:
	var told := PackedStringArray()
	var opening := ""
	var left := int(_loop.most_calls)
	var made := {}
	_add("user", text)
	while true:
		var written := await _write(await _prompt(opening))
		var reply: String = (opening + written.text).strip_edges()
		_add("assistant", reply, (await _tokens(opening, false)) + written.ids)
		told.append(reply)
		var results: Array[Dictionary] = []
		for due in calls(reply):
			if left == 0:
				break
			var line: String = game.carry_out(due)
			var key := JSON.stringify(due).to_lower()
			made[key] = made.get(key, 0) + 1
			left = 0 if made[key] >= int(_loop.most_alike) else left - 1
			if line != "":
				results.append({"call": due, "line": line})
		opening = _answer(results)
		if results.is_empty() or left == 0:
			break
	return told


# The calls in a reply, in order: {"name": …, "arguments": {…}} as tools.json describes them.
func calls(text: String) -> Array[Dictionary]:
	var found: Array[Dictionary] = []
	for hit in _bracket.search_all(text):
		var read := _call(hit.get_string(1))
		if not read.is_empty():
			found.append(read)
	return found


func _read(path: String) -> Dictionary:
	return JSON.parse_string(FileAccess.get_file_as_string(folder.path_join(path)))


func _add(role: String, content: String, ids := []) -> void:
	if _chat[-1].role == role:
		_chat[-1] = {"role": role, "content": _chat[-1].content + "\n\n" + content}
	else:
		_chat.append({"role": role, "content": content, "ids": ids})


func _ask(path: String, body: Dictionary) -> Dictionary:
	var request := HTTPRequest.new()
	add_child(request)
	request.request(address + path, ["Content-Type: application/json"], HTTPClient.METHOD_POST, JSON.stringify(body))
	var answer: Array = await request.request_completed
	request.queue_free()
	if answer[1] != 200:
		push_error("The model's server answered %s to %s." % [answer[1], path])
		return {}
	return JSON.parse_string(answer[3].get_string_from_utf8())


func _tokens(text: String, special: bool) -> Array:
	if text == "":
		return []
	var told := await _ask("/tokenize", {"content": text, "add_special": false, "parse_special": special})
	return told.get("tokens", []).map(func(token): return int(token))


func _prompt(opening: String) -> Array:
	var ids := []
	var before := ""
	for message in _arranged():
		var around: Dictionary = _form.begin if before == "" else _form.between[before]
		ids += await _tokens(around[message.role], true)
		ids += message.ids if message.get("ids", []) else await _tokens(message.content, false)
		before = message.role
	return ids + await _tokens(_form.reply, true) + await _tokens(opening, false)


# SYSTEM at the head of the first user message, for families that have no such role.
func _arranged() -> Array[Dictionary]:
	if _form.system != "head" or _chat[0].role != "system":
		return _chat
	var user := _chat.size() > 1 and _chat[1].role == "user"
	var head: String = _chat[0].content + ("\n\n" + _chat[1].content if user else "")
	var rest: Array[Dictionary] = [{"role": "user", "content": head}]
	rest.append_array(_chat.slice(2 if user else 1))
	return rest


func _write(prompt: Array) -> Dictionary:
	var told := await _ask("/completion", {
		"prompt": prompt,
		"n_predict": most_tokens,
		"temperature": 0,
		"grammar": _grammar(),
		"cache_prompt": true,
		"return_tokens": true,
		"stop": [_about.chat.end_of_turn],
	})
	var ends := (await _tokens(_about.chat.end_of_turn, true)).slice(0, 1)
	ends += (await _tokens(_about.chat.eos, true)).slice(0, 1)
	var ids := []
	for token in told.get("tokens", []):
		if int(token) in ends:
			break
		ids.append(int(token))
	return {"text": told.get("content", ""), "ids": ids}


func _grammar() -> String:
	var rule: String = _about.tools.names_rule + " ::="
	var words := PackedStringArray()
	for who in game.names():
		words.append('"%s"' % who.replace("\\", "\\\\").replace('"', '\\"'))
	var lines := FileAccess.get_file_as_string(folder.path_join(_about.tools.grammar)).split("\n")
	for at in lines.size():
		if words and lines[at].begins_with(rule):
			lines[at] = rule + " " + " | ".join(words)
	return "\n".join(lines)


# Adds the results, and says what must open the next reply.
func _answer(results: Array[Dictionary]) -> String:
	var opening := ""
	for result in results:
		_add("user", _loop.result.replace("{line}", result.line))
		var given: Dictionary = result.call.arguments
		var won := int(result.line.split("*")[-2]) >= int(given.get("dc", _loop.check.default_dc))
		opening = _loop.check.success if won else _loop.check.failure
		if given.get("skill", "").to_lower() in _loop.check.uncontested:
			opening = ""
	return opening


func _call(inner: String) -> Dictionary:
	var colon := inner.find(":")
	var head := (inner if colon < 0 else inner.left(colon)).strip_edges().to_lower().replace("_", " ")
	if not _tools.has(head):
		return {}
	var known: Dictionary = _tools[head].parameters.properties
	var words := Array((inner.substr(colon + 1) if colon >= 0 else "").split(" ", false))
	var given := {}
	if known.has("off") and words and words[-1] == "off":
		words.pop_back()
		given.off = true
	if known.has("actor") and "for" in words:
		var at := words.find("for")
		given.actor = " ".join(PackedStringArray(words.slice(at + 1)))
		words = words.slice(0, at)
	if known.has("advantage") and words and words[-1] in ["adv", "dis"]:
		given.advantage = words.pop_back()
	if known.has("dc") and words.size() > 1 and words[-2] == "dc" and words[-1].is_valid_int():
		given.dc = int(words[-1])
		words = words.slice(0, -2)
	for key in _tools[head].parameters.required:
		if not _take(key, words, given):
			return {}
	return {} if words else {"name": head, "arguments": given}


# Takes one argument off the words; an item may have a count behind it.
func _take(key: String, words: Array, given: Dictionary) -> bool:
	if words.is_empty():
		return false
	if key.begins_with("target"):
		var size := words.size()
		var lower := Array(game.names()).map(func(one): return one.to_lower())
		while size > 1 and not " ".join(PackedStringArray(words.slice(0, size))).to_lower() in lower:
			size -= 1
		given[key] = " ".join(PackedStringArray(words.slice(0, size)))
		for _word in size:
			words.pop_front()
		return true
	if key.begins_with("number"):
		if not words[0].is_valid_int():
			return false
		given[key] = int(words.pop_front())
		return true
	if key.begins_with("item"):
		var counted := words.size() > 1 and _counted.search(words[-1]) != null
		given[key.replace("item", "count")] = int(words.pop_back().substr(1)) if counted else 1
	given[key] = " ".join(PackedStringArray(words))
	words.clear()
	return true
