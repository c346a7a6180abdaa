using System.Globalization;
using System.Security.Cryptography;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Documents;

/// <summary>The folder <c>info/v1</c> of a server, <c>/srv/cvmfs/info/v1</c> with the reference tools: what it holds, and whom to ask.</summary>
/// <remarks>
/// <para>Files are replaced as the reference does it: written beside as <c>&lt;file&gt;.txn.…</c> with mode 0644, then renamed, so that a reader
/// sees the old text or the new. Of two writers at once either may win, whole.</para>
/// <para>Instances hold no files and may be shared.</para>
/// </remarks>
public sealed class InfoFolder
{
    /// <summary>Where it is below the folder that holds the repositories.</summary>
    public const string RelativePath = "info/v1";

    /// <summary>Plain name of the list of repositories.</summary>
    public const string RepositoriesFileName = "repositories.json";

    /// <summary>Plain name of the operator's document.</summary>
    public const string MetaFileName = "meta.json";

    private const UnixFileMode PublicFile = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly TimeProvider _time;

    /// <summary>Names the folder; touches nothing.</summary>
    /// <param name="path">The folder itself, <c>…/info/v1</c>.</param>
    /// <param name="time">Clock for the names of temporary files; the system's where null.</param>
    public InfoFolder(string path, TimeProvider? time = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Location = Path.GetFullPath(path);
        _time = time ?? TimeProvider.System;
    }

    /// <summary>Absolute path.</summary>
    public string Location { get; }

    /// <summary>Absolute path of <c>repositories.json</c>.</summary>
    public string RepositoriesFile => Path.Combine(Location, RepositoriesFileName);

    /// <summary>Absolute path of <c>meta.json</c>.</summary>
    public string MetaFile => Path.Combine(Location, MetaFileName);

    /// <summary>The folder below the one that holds the repositories.</summary>
    /// <param name="root">Such as <c>/srv/cvmfs</c>.</param>
    /// <param name="time">Clock for the names of temporary files; the system's where null.</param>
    public static InfoFolder Below(string root, TimeProvider? time = null) => new(Path.Combine(root, RelativePath), time);

    /// <summary>Reads the list of repositories. Null where there is none.</summary>
    /// <exception cref="CvmfsFormatException">It is no JSON object, or longer than 1 MiB.</exception>
    /// <exception cref="IOException">It is there and cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public RepositoriesDocument? ReadRepositories() => Read(RepositoriesFile) is { } json ? RepositoriesDocument.Parse(json, RepositoriesFile) : null;

    /// <summary>Replaces the list of repositories, making the folder where it is missing.</summary>
    /// <exception cref="IOException">The file system cannot take it; the old list stays.</exception>
    public void WriteRepositories(RepositoriesDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        Replace(RepositoriesFile, document.ToBytes());
    }

    /// <summary>Says in the list of repositories how old the geo database is now, and changes nothing else.</summary>
    /// <param name="databaseFile">The database, or a link to it.</param>
    /// <returns>False where there is no list, so that somebody who knows the repositories has to make one.</returns>
    /// <exception cref="CvmfsFormatException">The list is no JSON object.</exception>
    /// <exception cref="IOException">It cannot be read or replaced.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public bool RefreshGeoDatabaseDate(string databaseFile)
    {
        if (ReadRepositories() is not { } document) return false;
        WriteRepositories(document.WithGeoDatabase(databaseFile));
        return true;
    }

    /// <summary>Reads the operator's document. Null where there is none.</summary>
    /// <exception cref="CvmfsFormatException">It is no JSON object, or longer than 1 MiB.</exception>
    /// <exception cref="IOException">It is there and cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be read.</exception>
    public ServerMetaInfo? ReadMeta() => Read(MetaFile) is { } json ? ServerMetaInfo.Parse(json, MetaFile) : null;

    /// <summary>Writes a document to fill in, unless there is one already.</summary>
    /// <returns>Whether it was written.</returns>
    /// <exception cref="IOException">The file system cannot take it.</exception>
    public bool EnsureMeta()
    {
        if (File.Exists(MetaFile)) return false;
        Replace(MetaFile, ServerMetaInfo.Skeleton);
        return true;
    }

    /// <summary>Replaces the operator's document by a text that an operator has edited, as it is.</summary>
    /// <exception cref="CvmfsFormatException">The text is no JSON object; the old document stays.</exception>
    /// <exception cref="IOException">The file system cannot take it; the old document stays.</exception>
    public void WriteMeta(ReadOnlyMemory<byte> json)
    {
        _ = ServerMetaInfo.Parse(json, MetaFile);
        Replace(MetaFile, json.Span);
    }

    private static byte[]? Read(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.Exists && file.Length > LenientJson.MaxBytes) throw new CvmfsFormatException(path, $"has {file.Length} bytes, expected at most {LenientJson.MaxBytes}.");
            return File.ReadAllBytes(path);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private void Replace(string path, ReadOnlySpan<byte> content)
    {
        string temporary = string.Create(
            CultureInfo.InvariantCulture, $"{path}.txn.{_time.GetUtcNow().ToUnixTimeSeconds()}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}");
        try
        {
            CreateFolder();
            using (var growing = GrowingFile.Create(temporary))
            {
                growing.Write(content);
                growing.Flush();
                growing.Close();
            }

            // Whatever the umask: the web server is somebody else.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(temporary, PublicFile);
            DurableFile.Rename(temporary, path);
            DurableFile.SyncFolder(Location);
        }
        catch
        {
            TransactionFolder.Discard(temporary);
            throw;
        }
    }

    private void CreateFolder()
    {
        try
        {
            Directory.CreateDirectory(Location);
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new IOException($"{Location}: not writable.", fault);
        }
    }
}
