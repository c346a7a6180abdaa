using System.Collections.Concurrent;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport;

namespace Cvmfs.Net.Testing;

/// <summary>A source that does what the next entry of its script says, then behaves. Thread-safe.</summary>
public sealed class FaultySource(IRepositorySource inner) : IRepositorySource
{
    private readonly ConcurrentQueue<Func<string, SourceBody?, SourceBody?>> _script = new();
    private readonly ConcurrentQueue<(string Name, FetchMode Mode)> _asked = new();
    private readonly ConcurrentQueue<string> _left = new();

    /// <inheritdoc/>
    public string Origin => inner.Origin;

    /// <summary>What was asked for: object keys and root file names, in order.</summary>
    public IReadOnlyList<(string Name, FetchMode Mode)> Asked => [.. _asked];

    /// <summary>Origins that <see cref="TryLeave"/> was told of.</summary>
    public IReadOnlyList<string> Left => [.. _left];

    /// <summary>What <see cref="TryLeave"/> answers.</summary>
    public bool HasElsewhere { get; set; }

    /// <summary>The next request throws.</summary>
    public FaultySource ThenThrow(Exception fault)
    {
        _script.Enqueue((_, _) => throw fault);
        return this;
    }

    /// <summary>The next request fails as a server does that may recover.</summary>
    public FaultySource ThenFail(bool isTransient = true, TimeSpan? retryAfter = null)
        => ThenThrow(new CvmfsTransportException(inner.Origin, "scripted failure", isTransient, retryAfter: retryAfter));

    /// <summary>The next request finds nothing.</summary>
    public FaultySource ThenAbsent()
    {
        _script.Enqueue((_, _) => null);
        return this;
    }

    /// <summary>The next body has one wrong bit.</summary>
    public FaultySource ThenCorrupt() => ThenChange(bytes =>
    {
        bytes[^1] ^= 1;
        return bytes;
    });

    /// <summary>The next body throws a transport failure after some bytes.</summary>
    public FaultySource ThenBreak(int afterBytes)
    {
        _script.Enqueue((name, body) => new SourceBody(new BreakingStream(body!.Stream, afterBytes, name), body.Length, body.Origin));
        return this;
    }

    /// <summary>The next body is another one.</summary>
    public FaultySource ThenChange(Func<byte[], byte[]> change)
    {
        _script.Enqueue((_, body) =>
        {
            using var copy = new MemoryStream();
            body!.Stream.CopyTo(copy);
            byte[] changed = change(copy.ToArray());
            return new SourceBody(new MemoryStream(changed), changed.Length, body.Origin);
        });
        return this;
    }

    /// <summary>The next request is answered as the source below does.</summary>
    public FaultySource ThenBehave()
    {
        _script.Enqueue((_, body) => body);
        return this;
    }

    /// <inheritdoc/>
    public async ValueTask<SourceBody?> OpenObjectAsync(ObjectKey key, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
    {
        _asked.Enqueue((key.ToString(), mode));
        var body = await inner.OpenObjectAsync(key, mode, cancellationToken);
        return _script.TryDequeue(out var step) ? step(key.ToString(), body) : body;
    }

    /// <inheritdoc/>
    public async ValueTask<SourceBody?> OpenRootFileAsync(string name, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
    {
        _asked.Enqueue((name, mode));
        var body = await inner.OpenRootFileAsync(name, mode, cancellationToken);
        return _script.TryDequeue(out var step) ? step(name, body) : body;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> RootFileExistsAsync(string name, CancellationToken cancellationToken = default)
    {
        _asked.Enqueue((name, FetchMode.Normal));
        bool exists = await inner.RootFileExistsAsync(name, cancellationToken);
        return _script.TryDequeue(out var step) ? step(name, null) is not null : exists;
    }

    /// <inheritdoc/>
    public bool TryLeave(string origin)
    {
        _left.Enqueue(origin);
        return HasElsewhere;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class BreakingStream(Stream content, int afterBytes, string origin) : MemoryStream
    {
        private int _given;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_given >= afterBytes) throw new CvmfsTransportException(origin, "scripted break", isTransient: true);
            int read = await content.ReadAsync(buffer[..Math.Min(buffer.Length, afterBytes - _given)], cancellationToken);
            _given += read;
            return read;
        }
    }
}
