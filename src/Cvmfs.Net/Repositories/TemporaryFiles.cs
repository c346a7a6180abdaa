using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Repositories;

/// <summary>A folder for what does not fit into memory, made when first needed and removed in the end.</summary>
internal sealed class TemporaryFiles(string? parent) : IDisposable
{
    private readonly Lock _lock = new();
    private string? _folder;
    private int _count;

    /// <summary>A new, empty store for objects that are read once.</summary>
    public TemporaryStore CreateStore() => new(Directory.CreateDirectory(NewPath()).FullName);

    private string Folder
    {
        get
        {
            lock (_lock)
            {
                return _folder ??= parent is null
                    ? Directory.CreateTempSubdirectory("cvmfs-net-").FullName
                    : Directory.CreateDirectory(Path.Combine(parent, $"cvmfs-net-{Guid.NewGuid():n}")).FullName;
            }
        }
    }

    /// <summary>A new, empty file that vanishes when it is closed.</summary>
    public FileStream CreateFile() => new(
        NewPath(),
        new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read | FileShare.Delete,
            Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
            BufferSize = 64 << 10,
        });

    /// <summary>The path of a file that does not exist yet; whoever creates it deletes it.</summary>
    public string NewPath() => Path.Combine(Folder, $"t{Interlocked.Increment(ref _count)}");

    public void Dispose()
    {
        lock (_lock)
        {
            if (_folder is null) return;
            try
            {
                Directory.Delete(_folder, recursive: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Something is still open in it; the system clears its temporary folder.
            }

            _folder = null;
        }
    }
}
