using ArraylakeFs.Repository;

namespace ArraylakeFs.Sessions;

// Nodes that no file can show.
internal sealed partial class ChangeCollector
{
    /// <summary>A node that no file can show goes where the group goes that it lies in, other than the root.</summary>
    private void TakeAlongWhatIsNotShown()
    {
        var hidden = _base.HiddenNodes.ToHashSet();
        foreach (var node in hidden)
        {
            Node? above = null;
            for (int slash = node.Path.LastIndexOf('/'); slash > 0 && above is null; slash = node.Path.LastIndexOf('/', slash - 1))
            {
                above = _base.FindNode(node.Path[..slash]) is { } found && !hidden.Contains(found) ? found : null;
            }

            if (above is null)
            {
                continue;
            }

            if (_missing.Contains(above.Id) && !_survivors.Contains(above.Id))
            {
                _missing.Add(node.Id);
            }
            else if (_changes.Set.Moves.TryGetValue(above.Id, out string? path))
            {
                AddMove(node, path + node.Path[above.Path.Length..]);
            }
        }
    }
}
