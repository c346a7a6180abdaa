// RootFiles/ shows manifest and whitelists as sets.
//
//   folder ─► stamps changed? ─► whitelists, then manifest ─► stamps again ─► parsed, objects there ─► RootFileSet
//                                                               └─ changed meanwhile: once more          ▲ swapped at once
//
// Must stay true
//   - No manifest is shown with a whitelist older than it. Writers replace the whitelist first, so a whitelist that still is in place after
//     the manifest was read is at least as new.
//   - No manifest is shown whose own objects are not on disk, and none that cannot be parsed: the last good set stays.
//   - A file that is gone for a moment is no decision of anybody; a folder that is gone is one.
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Server.Diagnostics;
using Cvmfs.Net.Transport;
using Cvmfs.Net.Trust;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Server.RootFiles;

/// <summary>The set of root files that a repository shows. Safe for concurrent use: one thread looks, the others see what was there.</summary>
internal sealed class RootFileWatch
{
    private const int Attempts = 5;

    private readonly string _alias;
    private readonly string _folder;
    private readonly string _manifestFile;
    private readonly string _whitelistFile;
    private readonly string _pkcs7File;
    private readonly FileObjectStore _objects;
    private readonly CvmfsServerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action _changed;
    private readonly Lock _looking = new();
    private volatile RootFileSet? _current;
    private Stamps? _seen; // of the set, or of files that were refused
    private long _lookedAt;
    private long? _missingSince;
    private volatile bool _isDue = true;
    private volatile string? _trouble;

    public RootFileWatch(string alias, string folder, CvmfsServerOptions options, TimeProvider time, ILogger logger, Action changed)
    {
        (_alias, _folder, _options, _time, _logger, _changed) = (alias, folder, options, time, logger, changed);
        _manifestFile = Path.Combine(folder, RootFileNames.Manifest);
        _whitelistFile = Path.Combine(folder, RootFileNames.Whitelist);
        _pkcs7File = Path.Combine(folder, RootFileNames.Pkcs7Whitelist);
        _objects = new FileObjectStore(folder);
    }

    /// <summary>Why a set on disk is not shown; null where all is well.</summary>
    public string? Trouble => _trouble;

    /// <summary>Whether <see cref="Look"/> has something to do.</summary>
    public bool IsDue => _isDue || _time.GetElapsedTime(Volatile.Read(ref _lookedAt)) >= _options.RootFileCheckInterval;

    /// <summary>What is shown now; null where nothing is.</summary>
    public RootFileSet? Current => _current;

    /// <summary>Says that the files have changed: the next request looks.</summary>
    public void Expire() => _isDue = true;

    /// <summary>Looks at the files if that is due; shows what is new and right.</summary>
    /// <exception cref="IOException">Nothing was shown before and the files cannot be read.</exception>
    public RootFileSet? Look()
    {
        if (!IsDue) return _current;
        // Somebody who asks while another one looks gets what was right a moment ago: unless nothing was, or it must not be a moment old.
        if (_current is not null && !_isDue && _options.RootFileCheckInterval > TimeSpan.Zero)
        {
            if (!_looking.TryEnter()) return _current;
        }
        else
        {
            _looking.Enter();
        }

        try
        {
            if (!IsDue) return _current;
            _isDue = false;
            try
            {
                LookOnce();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Refuse(e.Message, e);
                if (_current is null) throw new IOException(e.Message, e);
            }

            Volatile.Write(ref _lookedAt, _time.GetTimestamp());
            return _current;
        }
        finally
        {
            _looking.Exit();
        }
    }

    private void LookOnce()
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            var before = StampAll();
            if (before == _seen) return;
            if (!before.Manifest.Exists)
            {
                Missing();
                return;
            }

            // The order matters: see the header.
            byte[]? pkcs7 = Read(_pkcs7File, before.Pkcs7);
            byte[]? whitelist = Read(_whitelistFile, before.Whitelist);
            byte[]? manifest = Read(_manifestFile, before.Manifest);
            if (StampAll() != before || manifest is null) continue;

            _missingSince = null;
            if (_current is { } current && before.Whitelist == FileStamp.Absent && current.Whitelist is not null)
            {
                Refuse("the whitelist is gone"); // looked at again: it may come back with the same manifest
                return;
            }

            _seen = before;
            Take(manifest, whitelist, pkcs7);
            return;
        }

        Refuse("the root files keep changing");
    }

    private void Take(byte[] bytes, byte[]? whitelist, byte[]? pkcs7)
    {
        Manifest manifest;
        try
        {
            if (!SignedLetter.Split(bytes, _manifestFile).IsHashRight) throw new CvmfsFormatException(_manifestFile, "its hash line does not fit its text.");
            manifest = Manifest.Parse(bytes, _manifestFile);
        }
        catch (CvmfsFormatException e)
        {
            Refuse(e.Message, e);
            return;
        }

        if (!Has(manifest.RootCatalogKey) || !Has(manifest.CertificateKey) || !Has(manifest.HistoryKey))
        {
            _seen = null; // the files need not change for this to become better
            Refuse($"revision {manifest.Revision} names objects that are not here");
            return;
        }

        DateTimeOffset? expiry = null;
        try
        {
            if (whitelist is not null) expiry = Whitelist.Parse(whitelist, _whitelistFile).ExpiresAt;
        }
        catch (CvmfsFormatException e)
        {
            _logger.WhitelistUnreadable(_alias, e); // clients judge it; we do not know when it ends
        }

        _changed(); // first: whoever sees the new manifest must not be told what was known of the objects before it
        _current = new RootFileSet(bytes, whitelist, pkcs7, manifest, expiry);
        _trouble = null;
    }

    private bool Has(ObjectKey? key) => key is not { } named || named.Hash.IsNull || FileStamp.Of(_objects.PathOf(named)).Exists || ServesWithoutObjects;

    // A lazy replica has what it has been asked for; the rest it fetches.
    private bool ServesWithoutObjects => _options.ReadThrough.ContainsKey(_alias);

    private void Missing()
    {
        long now = _time.GetTimestamp();
        if (_current is null) return;
        long since = _missingSince ??= now;
        bool isRemoved = !Directory.Exists(_folder);
        if (!isRemoved && _time.GetElapsedTime(since, now) < _options.RootFileGrace)
        {
            Refuse("the manifest is gone");
            return;
        }

        (_current, _seen, _trouble, _missingSince) = (null, null, null, null);
        _logger.RootFilesGone(_alias);
        _changed();
    }

    private void Refuse(string why, Exception? exception = null)
    {
        if (_trouble == why) return; // said already
        _trouble = why;
        _logger.RootFilesRefused(_alias, why, exception);
    }

    private Stamps StampAll() => new(FileStamp.Of(_manifestFile), FileStamp.Of(_whitelistFile), FileStamp.Of(_pkcs7File));

    /// <summary>The whole file; null where it is none, is longer than such a file may be, or has changed since it was stamped.</summary>
    private static byte[]? Read(string file, FileStamp stamp)
    {
        if (!stamp.Exists || stamp.Length > Manifests.Manifest.MaxBytes) return null;
        try
        {
            if (OperatingSystem.IsWindows() ? new FileInfo(file).LinkTarget is not null : (File.GetAttributes(file) & (FileAttributes.ReparsePoint | FileAttributes.Directory)) != 0) return null;
            return File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private sealed record Stamps(FileStamp Manifest, FileStamp Whitelist, FileStamp Pkcs7);
}
