using System.CommandLine;
using System.Globalization;

namespace ArraylakeFs.Cli;

/// <summary>The option <c>--older-than</c>: an age (<c>7d</c>, <c>12h</c>, <c>30m</c>, <c>90s</c>, <c>2w</c>) or a time in UTC (<c>2026-11-01</c>).</summary>
internal static class Cutoff
{
    private const string Name = "--older-than";

    private static readonly Dictionary<char, TimeSpan> Units = new()
    {
        ['s'] = TimeSpan.FromSeconds(1),
        ['m'] = TimeSpan.FromMinutes(1),
        ['h'] = TimeSpan.FromHours(1),
        ['d'] = TimeSpan.FromDays(1),
        ['w'] = TimeSpan.FromDays(7),
    };

    /// <summary>The option, whose value is the point in time.</summary>
    /// <param name="what">What it says of older things.</param>
    /// <param name="fallback">Its value where it is not given; null where it must be.</param>
    public static Option<DateTimeOffset> Option(string what, string? fallback)
    {
        var option = new Option<DateTimeOffset>(Name)
        {
            Description = $"{what}: an age such as 7d, 12h or 30m, or a UTC time such as 2026-11-01{(fallback is null ? "" : $" (default: {fallback})")}",
            Required = fallback is null,
            CustomParser = result =>
            {
                string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                if (Parse(text, DateTimeOffset.UtcNow) is { } cutoff)
                {
                    return cutoff;
                }

                result.AddError($"{Name} takes an age such as 7d, 12h or 30m, or a time in the past such as 2026-11-01, not '{text}'");
                return default;
            },
        };
        if (fallback is not null)
        {
            option.DefaultValueFactory = _ => Parse(fallback, DateTimeOffset.UtcNow)!.Value;
        }

        return option;
    }

    /// <summary>The point in time that a text names; null if it names none, or one to come.</summary>
    internal static DateTimeOffset? Parse(string text, DateTimeOffset now)
    {
        if (text.Length > 1 && Units.TryGetValue(text[^1], out var unit)
            && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count))
        {
            return count <= (now - DateTimeOffset.UnixEpoch) / unit ? now - (count * unit) : DateTimeOffset.UnixEpoch;
        }

        return text.Length > 0 && char.IsAsciiDigit(text[0]) && text.Contains('-', StringComparison.Ordinal)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            && time <= now ? time : null;
    }
}
