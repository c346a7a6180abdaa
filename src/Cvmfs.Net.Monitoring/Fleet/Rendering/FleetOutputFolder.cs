using System.Text;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Monitoring.Fleet.Rendering;

/// <summary>The folder that outputs lie in. Each file is replaced in one step; what an earlier run made and this one does not is removed.</summary>
/// <remarks>One writer at a time. Files that were not made here are never touched.</remarks>
public sealed class FleetOutputFolder
{
    private const string ListFolder = ".fleet";
    private const string PartialFolder = ".partial";
    private const int MaxOwnBytes = 64 << 20;

    /// <summary>Names a folder; touches nothing.</summary>
    public FleetOutputFolder(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Location = Path.GetFullPath(path);
    }

    /// <summary>Absolute path.</summary>
    public string Location { get; }

    /// <summary>What writing would change, by path.</summary>
    /// <param name="format">The format, whose earlier files are known by its name.</param>
    /// <param name="files">What it should be.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public async Task<IReadOnlyList<FleetChange>> CompareAsync(string format, IReadOnlyList<RenderedFile> files, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(files);
        var changes = new List<FleetChange>();
        foreach (var file in files)
        {
            byte[]? old = await ReadAsync(file.Path, cancellationToken).ConfigureAwait(false);
            if (old is null || !old.AsSpan().SequenceEqual(file.Content.Span)) changes.Add(new FleetChange(file.Path, Text(old), Encoding.UTF8.GetString(file.Content.Span)));
        }

        foreach (string path in (await ListedAsync(format, cancellationToken).ConfigureAwait(false)).Except(files.Select(file => file.Path), StringComparer.Ordinal))
        {
            if (await ReadAsync(path, cancellationToken).ConfigureAwait(false) is { } old) changes.Add(new FleetChange(path, Text(old), null));
        }

        return [.. changes.OrderBy(change => change.Path, StringComparer.Ordinal)];
    }

    /// <summary>Writes what is not yet as it should be, and removes what should no longer be.</summary>
    /// <returns>What was changed.</returns>
    /// <exception cref="IOException">The file system cannot take it.</exception>
    public async Task<IReadOnlyList<FleetChange>> WriteAsync(string format, IReadOnlyList<RenderedFile> files, CancellationToken cancellationToken = default)
    {
        var changes = await CompareAsync(format, files, cancellationToken).ConfigureAwait(false);
        foreach (var change in changes)
        {
            if (change.New is null) await Folder(change.Path, out string gone).DeleteAsync(gone, cancellationToken).ConfigureAwait(false);
        }

        foreach (var file in files.Where(file => changes.Any(change => change.Path == file.Path))) await WriteAsync(file.Path, file.Content, cancellationToken).ConfigureAwait(false);
        string list = string.Concat(files.Select(file => file.Path + "\n"));
        await WriteAsync($"{ListFolder}/{format}.list", Encoding.UTF8.GetBytes(list), cancellationToken).ConfigureAwait(false);
        string partial = Path.Combine(Location, PartialFolder);
        if (Directory.Exists(partial) && !Directory.EnumerateFileSystemEntries(partial).Any()) Directory.Delete(partial);
        return changes;
    }

    private async Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var folder = Folder(path, out string name);
        Directory.CreateDirectory(folder.Location);
        await folder.ReplaceAsync(name, content, cancellationToken).ConfigureAwait(false);
        // Keys are public, and nobody should change them by accident.
        const UnixFileMode readOnly = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        const UnixFileMode program = readOnly | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        if (OperatingSystem.IsWindows()) return;
        if (name.EndsWith(".pub", StringComparison.Ordinal)) File.SetUnixFileMode(Path.Combine(folder.Location, name), readOnly);
        if (name.EndsWith(".sh", StringComparison.Ordinal)) File.SetUnixFileMode(Path.Combine(folder.Location, name), program);
    }

    private async Task<string[]> ListedAsync(string format, CancellationToken cancellationToken)
        => await ReadAsync($"{ListFolder}/{format}.list", cancellationToken).ConfigureAwait(false) is { } list
            ? [.. Encoding.UTF8.GetString(list).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(IsOurs)]
            : [];

    private ValueTask<byte[]?> ReadAsync(string path, CancellationToken cancellationToken) => Folder(path, out string name).ReadAsync(name, MaxOwnBytes, cancellationToken);

    /// <summary>The list lies where others can write: what it names must lie below the folder.</summary>
    private static bool IsOurs(string path) => path.Split('/').All(part => RootFolder.IsValidName(part));

    private RootFolder Folder(string path, out string name)
    {
        name = Path.GetFileName(path);
        string folder = Path.Combine(Location, Path.GetDirectoryName(path) ?? "");
        return new RootFolder(folder, new RootFolderOptions { Sync = false, TemporaryFolder = Path.Combine(Location, PartialFolder) });
    }

    private static string? Text(byte[]? content) => content is null ? null : Encoding.UTF8.GetString(content);
}
