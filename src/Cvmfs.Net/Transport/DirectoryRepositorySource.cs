using Cvmfs.Net.Objects;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Transport;

/// <summary>A repository in a local folder, as a Stratum 0 or 1 lays it out. Thread-safe.</summary>
/// <remarks>Links that lead out of the folder are refused. The only links that are followed are alternative names (<c>.cvmfsalt-…</c>),
/// and those only to the object they are named after.</remarks>
public sealed class DirectoryRepositorySource : IRepositorySource
{
    private readonly string _root;

    /// <summary>Names a source; touches nothing.</summary>
    /// <param name="repositoryRoot">The folder that holds <c>.cvmfspublished</c>.</param>
    public DirectoryRepositorySource(string repositoryRoot)
    {
        ArgumentException.ThrowIfNullOrEmpty(repositoryRoot);
        _root = Path.GetFullPath(repositoryRoot);
    }

    /// <inheritdoc/>
    public string Origin => _root;

    /// <inheritdoc/>
    public ValueTask<SourceBody?> OpenObjectAsync(ObjectKey key, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Open(Path.Join(_root, ObjectPath.Of(key))));
    }

    /// <inheritdoc/>
    public ValueTask<SourceBody?> OpenRootFileAsync(string name, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Open(Resolve(name)));
    }

    /// <inheritdoc/>
    public ValueTask<bool> RootFileExistsAsync(string name, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        bool exists = File.Exists(Resolve(name));
        if (!exists) RequireFolder();
        return ValueTask.FromResult(exists);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private string Resolve(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!RootFolder.IsValidName(name)) throw new ArgumentException("Not the plain name of a root file.", nameof(name));
        string path = Path.Combine(_root, name);

        // The link's text is not followed but computed: whatever it says, the object is where its key says.
        return name.StartsWith(ObjectPath.AlternativePrefix, StringComparison.Ordinal)
            && ObjectKey.TryParse(name.AsSpan(ObjectPath.AlternativePrefix.Length), out var key)
            && new FileInfo(path).LinkTarget is not null
                ? Path.Join(_root, ObjectPath.Of(key))
                : path;
    }

    private SourceBody? Open(string path)
    {
        SafeFileHandle? handle = null;
        try
        {
            if (new FileInfo(path).LinkTarget is { } target)
            {
                throw new CvmfsTransportException(path, $"is a link to '{target}', which is not followed.", isTransient: false);
            }

            handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            long length = RandomAccess.GetLength(handle);
            return new SourceBody(new FileObjectStream(handle, length), length, path);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            RequireFolder();
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            handle?.Dispose();
            string message = Directory.Exists(path) ? "is a folder, expected a file." : $"cannot be read: {fault.Message}";
            throw new CvmfsTransportException(path, message, isTransient: false, innerException: fault);
        }
    }

    /// <summary>A missing file means absence only where there is a repository to miss it in; an unmounted disk is not an empty one.</summary>
    private void RequireFolder()
    {
        if (!Directory.Exists(_root)) throw new CvmfsTransportException(_root, "there is no such folder.", isTransient: false);
    }
}
