using System.Buffers;

namespace ArraylakeFs.Sessions;

// How a file gets bytes of its own in the staging area.
public sealed partial class SessionTree
{
    private const int CopyBufferBytes = 1 << 20;

    /// <summary>Gives a file bytes of its own in the staging area, keeping the first <paramref name="keep"/> of those it has.</summary>
    private async ValueTask StageAsync(SessionFile file, long keep, CancellationToken cancellationToken)
    {
        await PrepareChangeAsync();
        await file.Staging.WaitAsync(cancellationToken);
        try
        {
            while (file.Content is not StagedContent)
            {
                var content = file.Content;
                using var source = OpenReader(content);
                await TryStageAsync(file, content, source, keep, null, cancellationToken);
            }
        }
        finally
        {
            file.Staging.Release();
        }
    }

    /// <summary>
    /// Gives a file a copy of the first <paramref name="keep"/> bytes of <paramref name="source"/> in the place of <paramref name="former"/>; false if it
    /// has got another content than that meanwhile.
    /// </summary>
    private async ValueTask<bool> TryStageAsync(
        SessionFile file, FileContent former, ContentReader source, long keep, long? modifiedNs, CancellationToken cancellationToken)
    {
        var (id, staged) = await CopyToStagedAsync(source, keep, modifiedNs, cancellationToken);
        bool isSwitched = false;
        try
        {
            isSwitched = await TrySwitchAsync(file, former, new StagedContent(id), staged);
        }
        finally
        {
            if (!isSwitched)
            {
                staged.Dispose();
                _staging.Delete(id);
            }
        }

        return isSwitched;
    }

    /// <summary>Makes <paramref name="staged"/> the file's content; false if it has got another one than <paramref name="old"/> meanwhile.</summary>
    private async ValueTask<bool> TrySwitchAsync(SessionFile file, FileContent old, StagedContent content, StagedFile staged)
    {
        await EnterChangeAsync();
        try
        {
            lock (_lock)
            {
                CheckNotStale(file);
                if (!ReferenceEquals(file.Content, old))
                {
                    return false;
                }

                JournalAndSwitch(file, content, staged);
                return true;
            }
        }
        finally
        {
            _gate.ExitChange();
        }
    }

    /// <summary>As <see cref="Switch"/>, and the journal knows of it. Called under the lock.</summary>
    private void JournalAndSwitch(SessionFile file, StagedContent content, StagedFile staged)
    {
        var former = file.Content;
        file.Content = content;
        try
        {
            JournalStaged(file);
        }
        catch
        {
            file.Content = former;
            throw;
        }

        Switch(file, content, staged);
        LetGo(file, former);
    }

    /// <summary>Makes <paramref name="staged"/> the bytes of a file, for those who have it open too.</summary>
    private static void Switch(SessionFile file, StagedContent content, StagedFile staged)
    {
        (file.Content, file.AtRest) = (content, null);
        if (file.Handles > 0)
        {
            (file.Retired ??= []).Add(file.Reader!); // somebody may be reading from it this moment
            file.Reader = staged;
        }
        else
        {
            staged.Dispose();
        }
    }

    private void JournalStaged(SessionFile file)
    {
        if (file.Links == 0)
        {
            return; // unlinked while open: it lives as long as its handles
        }

        if (file.InJournal)
        {
            _journal.Record(j => j.PutNode(Row(file)));
            return;
        }

        var (parent, name) = (file.Parent!, file.Name);
        var chain = Unjournaled(parent);
        _journal.Record(j =>
        {
            Put(j, chain);
            j.PutNode(Row(file));
            j.PutEntry(parent.InodeNumber, name, file.InodeNumber);
        });
        MarkJournaled(chain);
        SetUpper(parent, name, file);
    }

    private static async ValueTask CopyAsync(ContentReader source, StagedFile target, long length, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(length, 1, CopyBufferBytes));
        try
        {
            for (long done = 0; done < length;)
            {
                int count = await source.ReadAsync(done, buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - done)), cancellationToken);
                if (count == 0)
                {
                    return;
                }

                target.Write(done, buffer.AsSpan(0, count));
                done += count;
            }
        }
        catch (IOException e)
        {
            throw Errors.Of(e, "the bytes could not be copied into the session");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>A staged file of the first <paramref name="length"/> bytes of <paramref name="source"/>, which nothing leads to yet.</summary>
    private async ValueTask<(Icechunk.ObjectId12 Id, StagedFile File)> CopyToStagedAsync(
        ContentReader source, long length, long? modifiedNs, CancellationToken cancellationToken)
    {
        var (id, staged) = CreateStaged();
        try
        {
            await CopyAsync(source, staged, length, cancellationToken);
            if (modifiedNs is { } time)
            {
                staged.SetModified(time);
            }

            return (id, staged);
        }
        catch
        {
            staged.Dispose();
            _staging.Delete(id);
            throw;
        }
    }

    private (Icechunk.ObjectId12 Id, StagedFile File) CreateStaged()
    {
        try
        {
            return _staging.Create();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Errors.Of(e, "no file could be staged");
        }
    }

    /// <summary>A staged file of these bytes, which nothing leads to yet.</summary>
    private Icechunk.ObjectId12 Stage(ReadOnlySpan<byte> bytes)
    {
        var (id, file) = CreateStaged();
        try
        {
            using (file)
            {
                file.Write(0, bytes);
            }

            return id;
        }
        catch (IOException e)
        {
            _staging.Delete(id);
            throw Errors.Of(e, "the bytes could not be staged");
        }
    }

    private ContentReader OpenReader(FileContent content)
    {
        if (content.StagedId is not { } id)
        {
            return ContentReader.Of(content, _repository);
        }

        try
        {
            return _staging.Open(id);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ContentReader.Failing(new SessionException(Errno.InputOutput, $"the staged bytes {id} cannot be opened: {e.Message}", e));
        }
    }

    private static StagedFile Writable(SessionFile file) =>
        file.Reader as StagedFile ?? throw new SessionException(Errno.InputOutput, $"the staged bytes of {file.Name} are missing");

    private static void DisposeReaders(SessionFile file)
    {
        file.Reader?.Dispose();
        file.Reader = null;
        file.Retired?.ForEach(r => r.Dispose());
        file.Retired = null;
    }
}
