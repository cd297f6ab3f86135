using FsCheck;
using FsCheck.Fluent;

namespace ArraylakeFs.Zarr.Tests;

/// <summary>Properties checked by FsCheck; a failure prints the value, shrunk, and the seed that finds it again.</summary>
internal static class Property
{
    /// <summary>Coordinates of 0 to 6 dimensions, small ones and the ends of the range.</summary>
    public static Arbitrary<uint[]> Coordinates { get; } = Gen.Choose(0, 6)
        .SelectMany(rank => Gen.ArrayOf(
            Gen.OneOf(
                Gen.Choose(0, 120).Select(value => (uint)value),
                Gen.Choose(0, int.MaxValue).Select(value => ((uint)value * 2) + 1),
                Gen.Elements(0U, 9U, 10U, uint.MaxValue)),
            rank))
        .ToArbitrary();

    /// <summary>Texts that are keys, or nearly.</summary>
    public static Arbitrary<string> KeyLikeText { get; } = Gen.Choose(0, 6)
        .SelectMany(count => Gen.ArrayOf(
            Gen.Elements("c", "/", ".", "0", "1", "23", "00", "4294967295", "4294967296", "+", " ", "-", "c/", "c."), count))
        .Select(string.Concat)
        .ToArbitrary();

    public static void Check<T>(Arbitrary<T> values, Action<T> property, int count = 3_000) =>
        Prop.ForAll(values, property).Check(Config.QuickThrowOnFailure.WithMaxTest(count));
}
