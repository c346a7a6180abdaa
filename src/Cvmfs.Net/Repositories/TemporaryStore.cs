using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Repositories;

/// <summary>A store in a folder of its own, which is removed when this is disposed.</summary>
internal sealed class TemporaryStore(string folder) : IDisposable
{
    public IObjectStore Store { get; } = new FileObjectStore(folder);

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
