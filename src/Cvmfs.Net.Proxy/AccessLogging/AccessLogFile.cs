using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Proxy.AccessLogging;

/// <summary>The file of a log, put aside when it is long or old, opened again when somebody else put it aside. Not thread-safe.</summary>
internal sealed class AccessLogFile(ProxyAccessLogOptions options, TimeProvider clock) : IDisposable
{
    private SafeFileHandle? _file;
    private long _length;
    private DateTimeOffset _begun;

    /// <summary>The settings it was made with.</summary>
    public ProxyAccessLogOptions Options => options;

    /// <summary>Adds lines at the end.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public void Append(ReadOnlySpan<byte> lines)
    {
        if (_file is not null && IsDue(lines.Length)) PutAside();
        _file ??= Open();
        RandomAccess.Write(_file, lines, _length);
        _length += lines.Length;
    }

    /// <summary>Closes the file where its name leads to another one by now, or to none.</summary>
    public void Follow()
    {
        if (_file is null) return;
        var named = new FileInfo(options.File);
        if (!named.Exists || named.Length != _length) Close();
    }

    /// <summary>Closes the file; the next line opens whatever has its name then.</summary>
    public void Close()
    {
        _file?.Dispose();
        _file = null;
    }

    public void Dispose() => Close();

    private bool IsDue(int more) => (options.MaxBytes > 0 && _length > 0 && _length + more > options.MaxBytes) || (options.MaxAge > TimeSpan.Zero && clock.GetUtcNow() - _begun >= options.MaxAge);

    private SafeFileHandle Open()
    {
        var create = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) create.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        using (new FileStream(options.File, create))
        {
            // Made with its mode, if it was not there.
        }

        var file = File.OpenHandle(options.File, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        _length = RandomAccess.GetLength(file);
        _begun = _length == 0 ? clock.GetUtcNow() : new FileInfo(options.File).LastWriteTimeUtc; // of what another run left, at least that
        return file;
    }

    private void PutAside()
    {
        Close();
        for (int number = options.KeptFiles; number >= 0; number--)
        {
            string path = Numbered(number);
            if (!File.Exists(path)) continue;
            if (number >= options.KeptFiles) File.Delete(path);
            else new FileInfo(path).MoveTo(Numbered(number + 1), overwrite: true);
        }
    }

    private string Numbered(int number) => number == 0 ? options.File : string.Create(CultureInfo.InvariantCulture, $"{options.File}.{number}");
}
