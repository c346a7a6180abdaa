using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Transport;

/// <summary>Brings the bytes of one repository, unverified: objects by key, root files by name.</summary>
/// <remarks>Implementations and decorators are safe for concurrent use. Nothing they return has been checked; the layers above do that.</remarks>
public interface IRepositorySource : IAsyncDisposable
{
    /// <summary>URL or folder of the repository, for messages.</summary>
    string Origin { get; }

    /// <summary>Opens an object's stored bytes. Null when the source says that there is none (404, 410, no file).</summary>
    /// <exception cref="CvmfsTransportException">The source cannot be reached, or answers with anything but the object or its absence.</exception>
    ValueTask<SourceBody?> OpenObjectAsync(ObjectKey key, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default);

    /// <summary>Opens a file next to the manifest, such as <c>.cvmfspublished</c>. Null when there is none.</summary>
    /// <param name="name">A plain file name, see <see cref="RootFileNames"/>.</param>
    /// <param name="mode">Whether caches on the way may answer.</param>
    /// <param name="cancellationToken">Cancels the opening; reading the body takes its own.</param>
    /// <exception cref="CvmfsTransportException">As for objects.</exception>
    ValueTask<SourceBody?> OpenRootFileAsync(string name, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default);

    /// <summary>Asks whether a root file exists, without its content.</summary>
    /// <exception cref="CvmfsTransportException">As for objects.</exception>
    ValueTask<bool> RootFileExistsAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Told that the bytes from somewhere were wrong or never came whole: later requests should go elsewhere, if there is an elsewhere.</summary>
    /// <param name="origin"><see cref="SourceBody.Origin"/> of those bytes.</param>
    /// <returns>Whether the same request may now be answered by another server. Decorators pass this on.</returns>
    bool TryLeave(string origin) => false;
}
