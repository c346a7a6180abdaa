using System.Globalization;

namespace Cvmfs.Net.LoadBench.Proxying;

/// <summary>Looks a few times a second at what a folder really takes, so that whoever keeps more than it may is not taken for clever.</summary>
internal sealed class DiskWatch : IAsyncDisposable
{
    private const long BlockBytes = 4096;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly string _folder;
    private readonly CancellationTokenSource _enough = new();
    private readonly Task _watching;
    private readonly List<long> _seen = [];

    /// <summary>Begins to look.</summary>
    public DiskWatch(string folder)
    {
        _folder = folder;
        _watching = WatchAsync();
    }

    /// <summary>Stops looking.</summary>
    /// <returns>What the folder took: at most, and in the middle of all looks.</returns>
    public async Task<string> EndAsync()
    {
        await DisposeAsync();
        return string.Create(CultureInfo.InvariantCulture, $"on disk at most {_seen.Max() >> 20} MiB, mostly {_seen.Order().ElementAt(_seen.Count / 2) >> 20} MiB");
    }

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        await _watching;
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(Pause);
        try
        {
            do
            {
                _seen.Add(BytesIn(_folder));
            }
            while (await timer.WaitForNextTickAsync(_enough.Token));
        }
        catch (OperationCanceledException)
        {
            _seen.Add(BytesIn(_folder));
        }
    }

    private static long BytesIn(string folder)
    {
        long bytes = 0;
        if (!Directory.Exists(folder)) return bytes;
        try
        {
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true }))
            {
                try
                {
                    bytes += (file.Length + BlockBytes - 1) / BlockBytes * BlockBytes;
                }
                catch (FileNotFoundException)
                {
                    // gone meanwhile
                }
            }
        }
        catch (DirectoryNotFoundException)
        {
            // gone meanwhile, and what was in it
        }

        return bytes;
    }
}
