namespace ArraylakeFs.Cli.Tests;

/// <summary>What <c>--older-than</c> takes.</summary>
public sealed class CutoffTests
{
    private static readonly DateTimeOffset _now = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("7d", "2026-11-18T12:00:00Z")]
    [InlineData("12h", "2026-11-25T00:00:00Z")]
    [InlineData("30m", "2026-11-25T11:30:00Z")]
    [InlineData("90s", "2026-11-25T11:58:30Z")]
    [InlineData("2w", "2026-11-11T12:00:00Z")]
    [InlineData("0s", "2026-11-25T12:00:00Z")]
    [InlineData("2000000000d", "1970-01-01T00:00:00Z")]
    [InlineData("2026-11-01", "2026-11-01T00:00:00Z")]
    [InlineData("2026-11-25T11:00:00Z", "2026-11-25T11:00:00Z")]
    [InlineData("2026-11-25T12:30:00+02:00", "2026-11-25T10:30:00Z")]
    public void Ages_and_times_in_the_past_are_points_in_time(string text, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), Cutoff.Parse(text, _now));

    [Theory]
    [InlineData("")]
    [InlineData("d")]
    [InlineData("7")]
    [InlineData("-7d")]
    [InlineData("7 d")]
    [InlineData("7y")]
    [InlineData("99999999999d")]
    [InlineData("yesterday")]
    [InlineData("2026-11-26")]
    [InlineData("2026-13-01")]
    public void Everything_else_and_the_future_are_none(string text) => Assert.Null(Cutoff.Parse(text, _now));
}
