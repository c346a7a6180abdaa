namespace Cvmfs.Net.Proxy.Storage;

/// <summary>A file of the cache cannot be read from a place on, which is another matter than a disk that takes no bytes.</summary>
internal sealed class UnreadableFileException(string path, long offset, Exception failure) : IOException($"{path}: cannot be read from byte {offset} on.", failure);
