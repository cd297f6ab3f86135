using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace ArraylakeFs.Sessions;

/// <summary>
/// One SQL statement that is prepared once and run for each row: without the objects that a <see cref="SqliteCommand"/> makes for every run.
/// Not thread-safe. Errors: <see cref="SqliteException"/>.
/// </summary>
internal sealed class JournalStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    /// <summary>Prepares a statement, whose parameters are <c>?</c> each.</summary>
    public JournalStatement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(_database, sql, out _statement));
    }

    /// <summary>Sets a parameter, counted from 1, to a number; null is NULL.</summary>
    public void Bind(int parameter, long? value) => Check(value is { } number
        ? raw.sqlite3_bind_int64(_statement, parameter, number) : raw.sqlite3_bind_null(_statement, parameter));

    /// <summary>Sets a parameter to a number without a sign, kept as the one with a sign of the same bits.</summary>
    public void Bind(int parameter, ulong value) => Bind(parameter, (long)value);

    /// <summary>Sets a parameter to a text; null is NULL.</summary>
    public void Bind(int parameter, string? value) => Check(value is not null
        ? raw.sqlite3_bind_text(_statement, parameter, value) : raw.sqlite3_bind_null(_statement, parameter));

    /// <summary>Runs it. It returns no rows, or one that nobody looks at.</summary>
    public void Run()
    {
        int result = raw.sqlite3_step(_statement);
        try
        {
            if (result is not (raw.SQLITE_DONE or raw.SQLITE_ROW))
            {
                SqliteException.ThrowExceptionForRC(result, _database);
            }
        }
        finally
        {
            _ = raw.sqlite3_reset(_statement); // says once more what the step said
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _statement.Dispose();

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, _database);
}
