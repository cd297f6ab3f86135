using FsCheck;
using FsCheck.Fluent;

namespace ArraylakeFs.Icechunk.Tests;

/// <summary>Properties checked by FsCheck; a failure prints the value, shrunk, and the seed that finds it again.</summary>
internal static class Property
{
    /// <summary>Sets of chunk coordinates of one rank, close together, so that prefixes are shared.</summary>
    public static Arbitrary<uint[][]> CoordinateSets { get; } = Gen.Choose(0, 4)
        .SelectMany(rank => Gen.ListOf(Gen.ArrayOf(
            Gen.OneOf(Gen.Choose(0, 3), Gen.Choose(250, 260), Gen.Choose(65530, 65540)).Select(i => (uint)i), rank)))
        .Select(list => list.ToArray())
        .ToArbitrary();

    /// <summary>Any bytes.</summary>
    public static Arbitrary<byte[]> Bytes { get; } = Gen.ArrayOf(Gen.Choose(0, 255).Select(i => (byte)i)).ToArbitrary();

    public static void Check<T>(Arbitrary<T> values, Action<T> property, int count = 500) =>
        Prop.ForAll(values, property).Check(Config.QuickThrowOnFailure.WithMaxTest(count));
}
