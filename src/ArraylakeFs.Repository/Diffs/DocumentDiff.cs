using System.Text.Json;

namespace ArraylakeFs.Repository;

/// <summary>One member of a document that differs, without <c>attributes</c>.</summary>
/// <param name="Name">The member, such as <c>shape</c> or <c>codecs</c>.</param>
/// <param name="From">Its value before; of kind Undefined where it had none.</param>
/// <param name="To">Its value after; of kind Undefined where it has none.</param>
public sealed record MemberDiff(string Name, JsonElement From, JsonElement To);

/// <summary>
/// How two documents of one node differ, as JSON. All lists are empty if only the layout differs, or if one of the documents is not
/// understood (then <see cref="IsUnderstood"/> is false).
/// </summary>
public sealed record DocumentDiff
{
    private const string AttributesName = "attributes";

    /// <summary>Whether both documents could be read.</summary>
    public bool IsUnderstood { get; private init; }

    /// <summary>Members that differ, in ordinal order of their names; not the attributes.</summary>
    public IReadOnlyList<MemberDiff> Members { get; private init; } = [];

    /// <summary>Attributes that are new, in ordinal order.</summary>
    public IReadOnlyList<string> AttributesAdded { get; private init; } = [];

    /// <summary>Attributes that are gone, in ordinal order.</summary>
    public IReadOnlyList<string> AttributesRemoved { get; private init; } = [];

    /// <summary>Attributes with another value, in ordinal order.</summary>
    public IReadOnlyList<string> AttributesChanged { get; private init; } = [];

    /// <summary>Compares the documents of a node in two versions; null if they are the same bytes.</summary>
    internal static DocumentDiff? Between(NodeVersion before, NodeVersion after)
    {
        if (before.Document.Span.SequenceEqual(after.Document.Span))
        {
            return null;
        }

        if (before.Parsed is not { } old || after.Parsed is not { } now)
        {
            return new DocumentDiff();
        }

        var (oldMembers, newMembers) = (MembersOf(old.Root), MembersOf(now.Root));
        var members = Differing(oldMembers, newMembers).Where(name => name != AttributesName)
            .Select(name => new MemberDiff(name, oldMembers.GetValueOrDefault(name), newMembers.GetValueOrDefault(name)));
        var (oldAttributes, newAttributes) = (MembersOf(old.Attributes), MembersOf(now.Attributes));
        var attributes = Differing(oldAttributes, newAttributes).ToList();
        return new DocumentDiff
        {
            IsUnderstood = true,
            Members = [.. members],
            AttributesAdded = [.. attributes.Where(name => !oldAttributes.ContainsKey(name))],
            AttributesRemoved = [.. attributes.Where(name => !newAttributes.ContainsKey(name))],
            AttributesChanged = [.. attributes.Where(name => oldAttributes.ContainsKey(name) && newAttributes.ContainsKey(name))],
        };
    }

    private static IEnumerable<string> Differing(Dictionary<string, JsonElement> before, Dictionary<string, JsonElement> after) =>
        before.Keys.Union(after.Keys)
            .Where(name => !before.TryGetValue(name, out var old) || !after.TryGetValue(name, out var now) || !IsSame(old, now))
            .Order(StringComparer.Ordinal);

    private static bool IsSame(JsonElement left, JsonElement right)
    {
        try
        {
            return JsonElement.DeepEquals(left, right);
        }
        catch (InvalidOperationException)
        {
            return left.GetRawText() == right.GetRawText(); // a string with half of a surrogate pair
        }
    }

    /// <summary>The members of an object, the last of each name; none of anything else.</summary>
    private static Dictionary<string, JsonElement> MembersOf(JsonElement value)
    {
        var members = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in value.EnumerateObject())
            {
                members[member.Name] = member.Value;
            }
        }

        return members;
    }
}
