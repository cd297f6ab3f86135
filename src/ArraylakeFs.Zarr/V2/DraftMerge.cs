using System.Text.Json;

namespace ArraylakeFs.Zarr.V2;

/// <summary>
/// Brings what a v2 tool has changed into the v3 document that a node has. It compares what the document says through v2 with what the v2
/// documents say now: only the difference is written, everything else keeps its text, also what v2 does not show.
/// </summary>
internal sealed class DraftMerge
{
    private static readonly string[] _elements = ["data_type", "codecs", "fill_value"];

    private readonly NodeDocument _node;
    private readonly V3Draft _was;
    private readonly V3Draft _is;
    private readonly bool _sameElements;
    private readonly bool _sameNames;
    private readonly bool _sameLayout;

    private DraftMerge(NodeDocument node, V3Draft was, V3Draft @is)
    {
        (_node, _was, _is) = (node, was, @is);
        var isArray = node.Kind == NodeKind.Array;
        _sameElements = !isArray || (SameMember("data_type") && SameMember("codecs") && SameFill());
        _sameNames = !isArray || (SameMember("dimension_names") && Rank(was) == Rank(@is) && NamesNoDimensions(was) == NamesNoDimensions(@is));
        _sameLayout = !isArray || (SameMember("chunk_grid") && SameKeys());
    }

    /// <summary>Whether two drafts mean the same.</summary>
    public static bool IsSame(V3Draft was, V3Draft @is)
    {
        if (!Same(was.Members, @is.Members, "node_type"))
        {
            return false;
        }

        var merge = new DraftMerge(NodeDocument.Parse(was.Write()), was, @is);
        var names = (was.Attributes?.Keys ?? Enumerable.Empty<string>()).Union(@is.Attributes?.Keys ?? Enumerable.Empty<string>());
        return merge._sameElements && merge._sameLayout && merge._sameNames && names.All(merge.SameAttribute)
            && (merge._node.Array is null || merge.SameMember("shape"));
    }

    /// <summary>The document with the changes.</summary>
    /// <param name="before">The document, which is valid.</param>
    /// <param name="was">What it says, through v2.</param>
    /// <param name="is">What it is to say.</param>
    public static byte[] Merge(ReadOnlySpan<byte> before, V3Draft was, V3Draft @is)
    {
        var merge = new DraftMerge(NodeDocument.Parse(before), was, @is);
        var text = JsonObjectText.OfDocument(before);
        var isChanged = merge.WriteMembers(text) | merge.WriteAttributes(text);
        if (!isChanged)
        {
            return before.ToArray();
        }

        if (text.Tail.AsSpan().ContainsAnyExcept(" \t\r\n"u8))
        {
            text.Tail = [];
        }

        var merged = text.ToUtf8();
        NodeDocument.Parse(merged);
        return merged;
    }

    private bool WriteMembers(JsonObjectText text)
    {
        var changed = new List<string>();
        if (_node.Kind == NodeKind.Array)
        {
            changed.AddRange(SameMember("shape") ? [] : ["shape"]);
            changed.AddRange(_sameElements ? [] : _elements);
            changed.AddRange(SameMember("chunk_grid") ? [] : ["chunk_grid"]);
            changed.AddRange(SameKeys() ? [] : ["chunk_key_encoding"]);
            changed.AddRange(_sameNames ? [] : ["dimension_names"]);
        }

        var isWritten = false;
        foreach (var name in changed)
        {
            isWritten |= Write(text, name, _is.Members, has: _node.Root.TryGetProperty(name, out _));
        }

        return isWritten;
    }

    private bool WriteAttributes(JsonObjectText text)
    {
        var before = _node.Attributes.ValueKind == JsonValueKind.Undefined ? null : JsonMembers.Of(_node.Attributes);
        var names = (before?.Keys ?? Enumerable.Empty<string>()).Union(_is.Attributes?.Keys ?? Enumerable.Empty<string>());
        var changed = names.Where(name => !SameAttribute(name)).ToList();
        var goes = _is.Attributes is null && _was.Attributes is not null;
        if (before is null)
        {
            if (changed.Count == 0)
            {
                return false;
            }

            text.Set("attributes", JsonMembers.ToObject([]));
        }

        var attributes = text.OfMember("attributes");
        var isWritten = false;
        foreach (var name in changed)
        {
            isWritten |= Write(attributes, name, _is.Attributes ?? [], has: before?.ContainsKey(name) == true);
        }

        if (goes && changed.Count(name => before?.ContainsKey(name) == true) == before?.Count)
        {
            text.Remove("attributes"); // there is a difference between no attributes and no document for them
            return true;
        }

        text.Set("attributes", attributes);
        return isWritten;
    }

    private static bool Write(JsonObjectText text, string name, OrderedDictionary<string, JsonElement> members, bool has)
    {
        if (members.TryGetValue(name, out var value))
        {
            text.Set(name, value);
            return true;
        }

        if (has)
        {
            text.Remove(name);
        }

        return has;
    }

    /// <summary>Whether v2 says the same of an attribute as before. What explains other members stands and falls with these.</summary>
    private bool SameAttribute(string name) => name switch
    {
        Reserved.FillValue => _sameElements,
        Reserved.Members => _sameElements && _sameLayout && SameUnknownMembers(),
        Reserved.Attributes => SameMask() && SameFile(),
        FillAttribute.Name => SameMask(),
        V2Node.DimensionsAttribute => _sameNames && SameByText(name),
        _ => SameByText(name),
    };

    /// <summary>Whether the value that stands for missing data is the same, by whatever it is told.</summary>
    private bool SameMask() => _sameElements && _sameNames && SameByText(FillAttribute.Name) && SameKeptMask();

    /// <summary>Whether there is a file of attributes as before, and whatever says so beside its attributes.</summary>
    private bool SameFile() => _was.HasFile == _is.HasFile
        && Reserved.ReadMembers(_was.Attributes, Reserved.Attributes) is null == Reserved.ReadMembers(_is.Attributes, Reserved.Attributes) is null;

    private bool SameByText(string name) => Same(_was.Attributes, _is.Attributes, name);

    private bool SameKeptMask() => Same(
        Reserved.ReadMembers(_was.Attributes, Reserved.Attributes), Reserved.ReadMembers(_is.Attributes, Reserved.Attributes), FillAttribute.Name);

    private bool SameUnknownMembers()
    {
        OrderedDictionary<string, JsonElement> Unknown(V3Draft draft) => new(
            (Reserved.ReadMembers(draft.Attributes, Reserved.Members) ?? []).Where(member => !ArrayToV3.KnownMembers.Contains(member.Key)),
            StringComparer.Ordinal);
        return JsonMeaning.Same(Unknown(_was), Unknown(_is));
    }

    private bool SameFill()
    {
        static bool IsUndefined(V3Draft draft) => Reserved.Read(draft.Attributes, Reserved.FillValue) is { ValueKind: JsonValueKind.Null };
        return IsUndefined(_was) == IsUndefined(_is)
            && FillValue.Same(_was.Members["fill_value"], _is.Members["fill_value"], ElementType.FromV3(_is.Members["data_type"]));
    }

    /// <summary>
    /// Chunk keys are the same where separator and rank are. zarr-python 2.13 forgets the separator of a NestedDirectoryStore when it resizes an
    /// array: a document that names none leaves what there was.
    /// </summary>
    private bool SameKeys() => Rank(_was) == Rank(_is) && (Separator(_is) is not { } separator || separator == (Separator(_was) ?? "."));

    private bool SameMember(string name) => Same(_was.Members, _is.Members, name);

    private static bool Same(OrderedDictionary<string, JsonElement>? a, OrderedDictionary<string, JsonElement>? b, string name)
    {
        var (first, second) = (a?.GetValueOrDefault(name) ?? default, b?.GetValueOrDefault(name) ?? default);
        return JsonMeaning.Same(first, second);
    }

    private static int Rank(V3Draft draft) => draft.Members["shape"].GetArrayLength();

    private static string? Separator(V3Draft draft) =>
        ArrayMetadataReader.ConfigurationOf(draft.Members["chunk_key_encoding"]) is { ValueKind: JsonValueKind.Object } configuration
            ? configuration.GetProperty("separator").GetString()
            : null;

    private static bool NamesNoDimensions(V3Draft draft) =>
        Reserved.Read(draft.Attributes, Reserved.Attributes) is { } kept
        && (kept.ValueKind == JsonValueKind.Null || JsonMembers.Of(kept).ContainsKey(V2Node.DimensionsAttribute));
}
