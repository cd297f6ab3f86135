namespace ArraylakeFs.Sessions;

// The names of a file that has several. What a name stands for is said by its directory alone, so a list of names may hold some that are gone.
public sealed partial class SessionTree
{
    /// <summary>The directories that hold a file, and its names there; none for one without a name.</summary>
    public IReadOnlyList<(SessionDirectory Directory, string Name)> PlacesOf(SessionFile file)
    {
        lock (_lock)
        {
            return file is not { Parent: { } parent, Links: > 0 } ? []
                : file.Names is null ? [(parent, file.Name)]
                : [.. file.Names.Where(place => IsNameOf(place, file))];
        }
    }

    private static bool IsNameOf((SessionDirectory Directory, string Name) place, SessionFile file) =>
        !place.Directory.IsStale && ReferenceEquals(place.Directory.Upper.GetValueOrDefault(place.Name), file);

    /// <summary>A file gets a name, and keeps those that it has.</summary>
    private static void NoteName(SessionFile file, SessionDirectory parent, string name)
    {
        if (file.Names is null)
        {
            var former = (file.Parent!, file.Name);
            if (former == (parent, name) || !IsNameOf(former, file))
            {
                return;
            }

            file.Names = [former];
        }

        file.Names.RemoveAll(place => place == (parent, name) || !IsNameOf(place, file));
        file.Names.Add((parent, name));
    }

    /// <summary>A file has lost a name: if that was the one that it is known by, another takes its place.</summary>
    private static void ForgetNames(SessionFile file)
    {
        if (file.Names is not { } names)
        {
            return;
        }

        names.RemoveAll(place => !IsNameOf(place, file));
        if (names.Count > 0 && !IsNameOf((file.Parent!, file.Name), file))
        {
            (file.Parent, file.Name) = names[^1];
        }

        file.Names = names.Count > 1 ? names : null;
    }
}
