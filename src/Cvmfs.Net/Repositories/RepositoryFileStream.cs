namespace Cvmfs.Net.Repositories;

/// <summary>The content of a file, seekable. A chunk is fetched when the first byte of it is read, and its hash is checked before any byte
/// of it is handed out.</summary>
/// <remarks>
/// <para>Reading straight on fetches the next chunks ahead, a bounded number of them; jumping about fetches nothing but what is asked for.</para>
/// <para>As every stream, for one user at a time. <see cref="Read(Span{byte})"/> waits for the network where it has to: prefer
/// <see cref="ReadAsync(Memory{byte}, CancellationToken)"/>.</para>
/// </remarks>
public sealed class RepositoryFileStream : Stream
{
    // Chunks read in a row before we believe that the reader goes straight on. Two may be a record across a boundary.
    private const int SequentialAfter = 2;

    private readonly IReadOnlyList<FilePiece> _pieces;
    private readonly Func<FilePiece, CancellationToken, Task<PieceContent>> _load;
    private readonly int _readAhead;
    private readonly CancellationTokenSource _lifetime = new();
    private readonly Dictionary<int, Task<PieceContent>> _ahead = [];
    private PieceContent? _current;
    private int _currentIndex = -1;
    private int _inARow;
    private bool _toTheEnd;
    private long _position;
    private bool _disposed;

    internal RepositoryFileStream(IReadOnlyList<FilePiece> pieces, long length, int readAhead, Func<FilePiece, CancellationToken, Task<PieceContent>> load)
        => (_pieces, Length, _readAhead, _load) = (pieces, length, readAhead, load);

    /// <inheritdoc/>
    public override bool CanRead => !_disposed;

    /// <inheritdoc/>
    public override bool CanSeek => !_disposed;

    /// <summary>False: repositories change by publishing only.</summary>
    public override bool CanWrite => false;

    /// <summary>Bytes of content, as the catalog says; a file that turns out otherwise is refused while reading.</summary>
    public override long Length { get; }

    /// <summary>Where the next read starts; may lie behind the end, where reads return 0 bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public override long Position
    {
        get => _position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _position = value;
        }
    }

    /// <summary>Reads on from <see cref="Position"/>; a read ends at the end of a chunk at the latest.</summary>
    /// <exception cref="Objects.ObjectIntegrityException">The bytes are not the ones that the catalog promises; none of them was handed out.</exception>
    /// <exception cref="CvmfsFormatException">The bytes are genuine but do not decompress to the promised size.</exception>
    /// <exception cref="Transport.CvmfsTransportException">The source does not bring the object.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (buffer.IsEmpty || _position >= Length) return 0;
        int index = IndexOf(_position);
        var content = await EnterAsync(index, cancellationToken).ConfigureAwait(false);
        int read = await content.ReadAsync(_position - _pieces[index].Offset, buffer, cancellationToken).ConfigureAwait(false);
        _position += read;
        return read;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc cref="ReadAsync(Memory{byte}, CancellationToken)"/>
    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (buffer.IsEmpty || _position >= Length) return 0;
        int index = IndexOf(_position);
        if (index == _currentIndex && _current!.TryRead(_position - _pieces[index].Offset, buffer, out int read))
        {
            _position += read;
            return read;
        }

        // Stream demands a synchronous read, and much of .NET (readers, archives) uses it. Nothing here needs a context, so waiting is safe.
        byte[] bytes = new byte[buffer.Length];
        read = ReadAsync(bytes.AsMemory()).AsTask().GetAwaiter().GetResult();
        bytes.AsSpan(0, read).CopyTo(buffer);
        return read;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Copies the rest, fetching ahead from the start.</summary>
    public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        _toTheEnd = true;
        return base.CopyToAsync(destination, bufferSize, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The target lies before the start.</exception>
    public override long Seek(long offset, SeekOrigin origin)
    {
        long target = origin switch
        {
            SeekOrigin.Begin => offset,
            SeekOrigin.Current => _position + offset,
            SeekOrigin.End => Length + offset,
            _ => throw new ArgumentOutOfRangeException(nameof(origin), origin, "Expected Begin, Current or End."),
        };
        if (target < 0) throw new IOException($"Cannot seek to {target}, before the start of the file.");
        return _position = target;
    }

    /// <summary>Does nothing.</summary>
    public override void Flush()
    {
    }

    /// <summary>Not supported.</summary>
    public override void SetLength(long value) => throw new NotSupportedException("A file of a repository cannot be changed.");

    /// <summary>Not supported.</summary>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("A file of a repository cannot be changed.");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _lifetime.Cancel();
            _current?.Dispose();
            foreach (int index in _ahead.Keys.ToArray()) Drop(index);
            _lifetime.Dispose();
        }

        base.Dispose(disposing);
    }

    private async ValueTask<PieceContent> EnterAsync(int index, CancellationToken cancellationToken)
    {
        if (index == _currentIndex) return _current!;
        _inARow = index == _currentIndex + 1 ? _inARow + 1 : 0;
        foreach (int stale in _ahead.Keys.Where(key => key < index || key > index + _readAhead).ToArray()) Drop(stale);
        _current?.Dispose();
        (_current, _currentIndex) = (null, -1);
        if (!_ahead.Remove(index, out var loading)) loading = LoadAsync(index);
        if (_toTheEnd || _inARow > SequentialAfter) FetchAhead(index);
        try
        {
            _current = await loading.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!loading.IsCompleted)
        {
            _ahead[index] = loading; // the caller gave up waiting; the fetch belongs to the stream and may serve the next read
            throw;
        }

        _currentIndex = index;
        return _current;
    }

    private void FetchAhead(int index)
    {
        for (int next = index + 1; next <= index + _readAhead && next < _pieces.Count; next++)
        {
            if (!_ahead.ContainsKey(next)) _ahead[next] = LoadAsync(next);
        }
    }

    private Task<PieceContent> LoadAsync(int index) => _load(_pieces[index], _lifetime.Token);

    private void Drop(int index)
    {
        if (!_ahead.Remove(index, out var task)) return;
        // Nobody waits for it any more: free what it brings, and look at its failure, which matters to no one.
        _ = task.ContinueWith(
            static done =>
            {
                if (done.IsCompletedSuccessfully) done.Result.Dispose();
                else _ = done.Exception;
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>The piece that holds an offset. Pieces are contiguous from 0, which was checked when they were read.</summary>
    private int IndexOf(long offset)
    {
        if (_currentIndex >= 0 && offset >= _pieces[_currentIndex].Offset && offset < _pieces[_currentIndex].End) return _currentIndex;
        int low = 0;
        int high = _pieces.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) >>> 1;
            if (_pieces[middle].Offset <= offset) low = middle;
            else high = middle - 1;
        }

        return low;
    }
}
