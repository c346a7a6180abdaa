using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Publishing.Signing;

/// <summary>Keeps a second publisher out of a repository. Disposing it, or the end of the process, lets the next one in.</summary>
internal sealed class PublisherLock : IDisposable
{
    private const string FileName = "publish.lock";

    private readonly FileStream _file;

    private PublisherLock(FileStream file) => _file = file;

    /// <exception cref="RepositoryLockedException">Another publisher is at work.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static PublisherLock Take(RootFolder root)
    {
        string folder = Path.Combine(root.Location, ObjectPath.TransactionFolder);
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, FileName);
        try
        {
            return new PublisherLock(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0));
        }
        catch (IOException refused) when (File.Exists(path))
        {
            throw new RepositoryLockedException(path, refused);
        }
    }

    public void Dispose() => _file.Dispose();
}
