using System.Text;
using System.Text.Json;

namespace ArraylakeFs.Zarr;

/// <summary>
/// The text of one JSON object, in which members are replaced, added and cut out; all that is not touched keeps every byte. The text has
/// been parsed by <see cref="TolerantJson"/> before: it is known to be right.
/// </summary>
internal sealed class JsonObjectText
{
    private readonly byte[] _before;
    private readonly List<Member> _members = [];
    private readonly int _depth;
    private string _inside = "";

    private JsonObjectText(ReadOnlySpan<byte> utf8, int depth, int indent)
    {
        var start = utf8.IndexOf((byte)'{');
        _before = utf8[..start].ToArray();
        _depth = depth;
        var end = Read(utf8, start + 1);
        Tail = utf8[end..].ToArray();
        Indent = depth == 1 && _members is [var first, ..] ? IndentOf(first.Lead) : indent;
    }

    /// <summary>What stands behind the object.</summary>
    public byte[] Tail { get; set; }

    /// <summary>Blanks per level of the document; 0 where it is a single line.</summary>
    public int Indent { get; }

    /// <summary>Takes a document apart.</summary>
    public static JsonObjectText OfDocument(ReadOnlySpan<byte> utf8) => new(utf8, depth: 1, indent: 0);

    /// <summary>Takes a member of this one apart, which is an object.</summary>
    public JsonObjectText OfMember(string name) =>
        new(Encoding.UTF8.GetBytes(_members.Last(member => member.Name == name).Value), _depth + 1, Indent);

    /// <summary>Gives a member another value; adds it behind the others where there is none.</summary>
    public void Set(string name, JsonElement value) => SetText(name, PythonJson.Text(value, Indent, depth: _depth));

    /// <summary>Gives a member that was taken apart its new text.</summary>
    public void Set(string name, JsonObjectText value) => SetText(name, Encoding.UTF8.GetString(value.ToUtf8()));

    /// <summary>Cuts a member out.</summary>
    public void Remove(string name)
    {
        for (var i = _members.Count - 1; i >= 0; i--)
        {
            if (_members[i].Name != name)
            {
                continue;
            }

            if (i == _members.Count - 1 && i > 0)
            {
                _members[i - 1] = _members[i - 1] with { Trail = _members[i].Trail };
            }

            _members.RemoveAt(i);
        }
    }

    /// <summary>The text.</summary>
    public byte[] ToUtf8()
    {
        var text = new StringBuilder("{");
        for (var i = 0; i < _members.Count; i++)
        {
            var (_, lead, head, value, trail) = _members[i];
            text.Append(i > 0 ? "," : "").Append(lead).Append(head).Append(value).Append(trail);
        }

        text.Append(_members.Count == 0 ? _inside : "").Append('}');
        return [.. _before, .. Encoding.UTF8.GetBytes(text.ToString()), .. Tail];
    }

    private void SetText(string name, string value)
    {
        var index = _members.FindLastIndex(member => member.Name == name);
        if (index >= 0)
        {
            _members[index] = _members[index] with { Value = value };
            return;
        }

        var lead = Indent > 0 ? "\n" + new string(' ', Indent * _depth) : "";
        var trail = Indent > 0 ? "\n" + new string(' ', Indent * (_depth - 1)) : "";
        if (_members.Count > 0)
        {
            trail = _members[^1].Trail;
            lead = _members[^1].Lead is { Length: > 0 } given ? given : " ";
            _members[^1] = _members[^1] with { Trail = "" };
        }

        _members.Add(new Member(name, lead, PythonJson.Quote(name) + ": ", value, trail));
    }

    /// <summary>Reads the members, from behind the brace; returns the position behind the other one.</summary>
    private int Read(ReadOnlySpan<byte> utf8, int position)
    {
        while (true)
        {
            var name = SkipBlanks(utf8, position);
            if (utf8[name] == '}')
            {
                _inside = Encoding.UTF8.GetString(utf8[position..name]);
                return name + 1;
            }

            var nameEnd = TolerantJson.EndOfString(utf8, name);
            var value = SkipBlanks(utf8, SkipBlanks(utf8, nameEnd) + 1);
            var valueEnd = EndOfValue(utf8, value);
            var end = SkipBlanks(utf8, valueEnd);
            using var parsed = JsonDocument.Parse(utf8[name..nameEnd].ToArray());
            _members.Add(new Member(
                parsed.RootElement.GetString()!,
                Encoding.UTF8.GetString(utf8[position..name]),
                Encoding.UTF8.GetString(utf8[name..value]),
                Encoding.UTF8.GetString(utf8[value..valueEnd]),
                Encoding.UTF8.GetString(utf8[valueEnd..end])));
            position = end + 1;
            if (utf8[end] == '}')
            {
                return position;
            }
        }
    }

    private static int EndOfValue(ReadOnlySpan<byte> utf8, int position)
    {
        var depth = 0;
        while (true)
        {
            switch (utf8[position])
            {
                case (byte)'"':
                    position = TolerantJson.EndOfString(utf8, position) - 1;
                    break;
                case (byte)'{' or (byte)'[':
                    depth++;
                    break;
                case (byte)'}' or (byte)']':
                    depth--;
                    break;
            }

            position++;
            if (depth == 0 && (position == utf8.Length || ",}] \t\r\n"u8.Contains(utf8[position])))
            {
                return position;
            }
        }
    }

    private static int SkipBlanks(ReadOnlySpan<byte> utf8, int position)
    {
        var step = utf8[position..].IndexOfAnyExcept(" \t\r\n"u8);
        return step < 0 ? utf8.Length : position + step;
    }

    private static int IndentOf(string lead) => lead.Contains('\n', StringComparison.Ordinal) ? lead.Length - lead.LastIndexOf('\n') - 1 : 0;

    private readonly record struct Member(string Name, string Lead, string Head, string Value, string Trail);
}
