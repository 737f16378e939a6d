// The model of this pack in a C# game (.NET 6 or newer). Needs only llama.cpp's own server, started by your game:
//
//     llama-server -m model/model.gguf --host 127.0.0.1 --port 8079 -c 4096 [--lora model/adapter.gguf]
//
// What the game must do stands in IGame. Every prompt is token ids: only the template's own texts may name control
// tokens, never what players type, so nobody can speak in the narrator's place. For Unity, put System.Text.Json beside.

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

namespace Lorewright
{
    /// <summary>One call of the model: a tool and its arguments, as tools.json describes them.</summary>
    public sealed record Call(string Name, IReadOnlyDictionary<string, object> Arguments);

    /// <summary>Your game: who is there, and what a call does to them.</summary>
    public interface IGame
    {
        IReadOnlyList<string> Names { get; }

        /// <summary>Does what a call says; its result line where the tool is answered, such as
        /// "stealth: 13 + 6(skill) = *19*", else null. Throw RefusedException to leave the call as text.</summary>
        string? CarryOut(Call call);
    }

    public sealed class RefusedException : Exception { }

    /// <summary>The files of a pack, and the server that holds its model.</summary>
    public sealed class Pack
    {
        private static readonly Regex Bracket = new(@"\[([^\[\]\r\n]{1,300})\]");
        private readonly HttpClient http;
        private readonly JsonElement about, form;
        private readonly string folder;
        private readonly Dictionary<string, JsonElement> tools;

        public JsonElement Loop { get; }

        public Pack(string folder, HttpClient http)
        {
            this.folder = folder;
            this.http = http;
            about = Read("pack.json");
            form = Read(about.GetProperty("chat").GetProperty("form").GetString()!);
            Loop = Read(about.GetProperty("tools").GetProperty("loop").GetString()!);
            tools = Read(about.GetProperty("tools").GetProperty("schemas").GetString()!)
                .GetProperty("tools").EnumerateArray().ToDictionary(tool => tool.GetProperty("name").GetString()!);
        }

        private string Text(string name) => File.ReadAllText(Path.Combine(folder, name), Encoding.UTF8);

        private JsonElement Read(string name) => JsonDocument.Parse(Text(name)).RootElement.Clone();

        /// <summary>The grammar with these characters in it.</summary>
        public string Grammar(IReadOnlyList<string> names)
        {
            string rule = about.GetProperty("tools").GetProperty("names_rule").GetString() + " ::=";
            string words = string.Join(" | ", names.Select(Quoted));
            IEnumerable<string> lines = Text(about.GetProperty("tools").GetProperty("grammar").GetString()!).Split('\n');
            return string.Join("\n", lines.Select(line => names.Count > 0 && line.StartsWith(rule) ? $"{rule} {words}" : line));
        }

        private static string Quoted(string name) =>
            "\"" + name.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";

        private async Task<JsonElement> Ask(string path, object body)
        {
            using StringContent content = new(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
            using HttpResponseMessage answer = await http.PostAsync(path, content);
            answer.EnsureSuccessStatusCode();
            return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.Clone();
        }

        public async Task<List<int>> Tokens(string text, bool special)
        {
            if (text.Length == 0) return new List<int>();
            JsonElement told = await Ask("/tokenize", new { content = text, add_special = false, parse_special = special });
            return told.GetProperty("tokens").EnumerateArray().Select(token => token.GetInt32()).ToList();
        }

        /// <summary>The ids of a chat, and of the words that the reply must open with.</summary>
        public async Task<List<int>> Prompt(IReadOnlyList<Message> chat, string opening)
        {
            List<int> ids = new();
            string before = "";
            foreach (Message message in Arranged(chat))
            {
                JsonElement around = before == "" ? form.GetProperty("begin") : form.GetProperty("between").GetProperty(before);
                ids.AddRange(await Tokens(around.GetProperty(message.Role).GetString()!, true));
                ids.AddRange(message.Ids ?? await Tokens(message.Content, false));
                before = message.Role;
            }
            ids.AddRange(await Tokens(form.GetProperty("reply").GetString()!, true));
            ids.AddRange(await Tokens(opening, false));
            return ids;
        }

        /// <summary>SYSTEM at the head of the first user message, for families that have no such role.</summary>
        private IReadOnlyList<Message> Arranged(IReadOnlyList<Message> chat)
        {
            if (form.GetProperty("system").GetString() != "head" || chat[0].Role != "system") return chat;
            bool user = chat.Count > 1 && chat[1].Role == "user";
            string head = chat[0].Content + (user ? "\n\n" + chat[1].Content : "");
            return chat.Skip(user ? 2 : 1).Prepend(new Message("user", head, null)).ToList();
        }

        /// <summary>What the model writes behind a prompt: its text, and the ids to send back unchanged.</summary>
        public async Task<(string Text, List<int> Ids)> Write(List<int> prompt, IReadOnlyList<string> names, int most)
        {
            JsonElement told = await Ask("/completion", new
            {
                prompt, n_predict = most, temperature = 0, grammar = Grammar(names), cache_prompt = true, return_tokens = true,
                stop = new[] { about.GetProperty("chat").GetProperty("end_of_turn").GetString() },
            });
            List<int> ids = told.GetProperty("tokens").EnumerateArray().Select(token => token.GetInt32()).ToList();
            HashSet<int> ends = new();
            foreach (string key in new[] { "end_of_turn", "eos" })
                ends.UnionWith((await Tokens(about.GetProperty("chat").GetProperty(key).GetString() ?? "", true)).Take(1));
            return (told.GetProperty("content").GetString()!, ids.TakeWhile(id => !ends.Contains(id)).ToList());
        }

        /// <summary>The calls in a reply, in order.</summary>
        public IEnumerable<Call> Calls(string text, IReadOnlyList<string> names) =>
            Bracket.Matches(text).Select(found => Read(found.Groups[1].Value, names)).OfType<Call>();

        private Call? Read(string inner, IReadOnlyList<string> names)
        {
            int colon = inner.IndexOf(':');
            string head = (colon < 0 ? inner : inner[..colon]).Trim().ToLowerInvariant().Replace('_', ' ');
            if (!tools.TryGetValue(head, out JsonElement tool)) return null;
            List<string> words = (colon < 0 ? "" : inner[(colon + 1)..])
                .Split(' ', StringSplitOptions.RemoveEmptyEntries).ToList();
            JsonElement parameters = tool.GetProperty("parameters"), known = parameters.GetProperty("properties");
            Dictionary<string, object> given = new();
            if (known.TryGetProperty("off", out _) && words.LastOrDefault() == "off")
            {
                given["off"] = true;
                words.RemoveAt(words.Count - 1);
            }
            int at = words.IndexOf("for");
            if (known.TryGetProperty("actor", out _) && at >= 0)
            {
                given["actor"] = string.Join(" ", words.Skip(at + 1));
                words.RemoveRange(at, words.Count - at);
            }
            if (known.TryGetProperty("advantage", out _) && words.LastOrDefault() is "adv" or "dis")
            {
                given["advantage"] = words[^1];
                words.RemoveAt(words.Count - 1);
            }
            if (known.TryGetProperty("dc", out _) && words.Count > 1 && words[^2] == "dc" && int.TryParse(words[^1], out int dc))
            {
                given["dc"] = dc;
                words.RemoveRange(words.Count - 2, 2);
            }
            foreach (string name in parameters.GetProperty("required").EnumerateArray().Select(one => one.GetString()!))
                if (!Take(name, words, names, given)) return null;
            return words.Count == 0 ? new Call(head, given) : null;
        }

        /// <summary>Takes one argument off the words; an item may have a count behind it.</summary>
        private static bool Take(string name, List<string> words, IReadOnlyList<string> names, Dictionary<string, object> given)
        {
            if (words.Count == 0) return false;
            int size = words.Count;
            if (name.StartsWith("target"))
            {
                while (size > 1 && !names.Contains(string.Join(" ", words.Take(size)), StringComparer.OrdinalIgnoreCase)) size--;
                given[name] = string.Join(" ", words.Take(size));
            }
            else if (name.StartsWith("number"))
            {
                if (!int.TryParse(words[0], out int number)) return false;
                given[name] = number;
                size = 1;
            }
            else if (name.StartsWith("item"))
            {
                bool counted = size > 1 && Regex.IsMatch(words[^1], @"^x[0-9]+$");
                given[name.Replace("item", "count")] = counted ? int.Parse(words[^1][1..]) : 1;
                given[name] = string.Join(" ", words.Take(counted ? size - 1 : size));
            }
            else given[name] = string.Join(" ", words);
            words.RemoveRange(0, size);
            return true;
        }
    }

    /// <summary>A message of the chat; ids that the model wrote are sent back unchanged.</summary>
    public sealed record Message(string Role, string Content, IReadOnlyList<int>? Ids);

    /// <summary>A play by the table of loop.json.</summary>
    public sealed class Play
    {
        private readonly Pack pack;
        private readonly IGame game;
        private readonly List<Message> chat = new();

        public Play(Pack pack, IGame game, string system)
        {
            this.pack = pack;
            this.game = game;
            chat.Add(new Message("system", system, null));
        }

        /// <summary>The player's line; returns what the narrator says until it is the player's turn again.</summary>
        public async Task<List<string>> Line(string text, int mostTokens = 200)
        {
            List<string> told = new();
            string opening = "";
            int left = pack.Loop.GetProperty("most_calls").GetInt32();
            int alike = pack.Loop.GetProperty("most_alike").GetInt32();
            Dictionary<string, int> made = new();
            Add("user", text, null);
            while (true)
            {
                (string written, List<int> ids) = await pack.Write(await pack.Prompt(chat, opening), game.Names, mostTokens);
                string reply = (opening + written).Trim();
                ids.InsertRange(0, await pack.Tokens(opening, false));
                Add("assistant", reply, ids);
                told.Add(reply);
                List<(Call Call, string Line)> results = new();
                foreach (Call call in pack.Calls(reply, game.Names))
                {
                    if (left == 0) break;
                    try
                    {
                        if (game.CarryOut(call) is string line) results.Add((call, line));
                        IEnumerable<string> words = call.Arguments.OrderBy(one => one.Key).Select(one => $"{one.Key}={one.Value}");
                        string key = $"{call.Name} {string.Join(" ", words)}".ToLowerInvariant();
                        made[key] = made.GetValueOrDefault(key) + 1;
                        left = made[key] >= alike ? 0 : left - 1;
                    }
                    catch (RefusedException) { }
                }
                opening = Answer(results);
                if (results.Count == 0 || left == 0) return told;
            }
        }

        /// <summary>Adds the results, and says what must open the next reply.</summary>
        private string Answer(List<(Call Call, string Line)> results)
        {
            string opening = "";
            JsonElement check = pack.Loop.GetProperty("check");
            foreach ((Call call, string line) in results)
            {
                Add("user", pack.Loop.GetProperty("result").GetString()!.Replace("{line}", line), null);
                string skill = call.Arguments.TryGetValue("skill", out object? named) ? ((string)named).ToLowerInvariant() : "";
                bool contested = check.GetProperty("uncontested").EnumerateArray().All(one => one.GetString() != skill);
                int dc = call.Arguments.TryGetValue("dc", out object? asked) ? (int)asked : check.GetProperty("default_dc").GetInt32();
                bool won = int.Parse(line.Split('*')[^2]) >= dc;
                opening = contested ? check.GetProperty(won ? "success" : "failure").GetString()! : "";
            }
            return opening;
        }

        private void Add(string role, string content, IReadOnlyList<int>? ids)
        {
            if (chat[^1].Role == role) chat[^1] = new Message(role, chat[^1].Content + "\n\n" + content, null);
            else chat.Add(new Message(role, content, ids));
        }
    }
}
