using Cvmfs.Net.Hashing;
using Cvmfs.Net.Proxy.Storage;
using Cvmfs.Net.Testing;
using static Cvmfs.Net.Proxy.Tests.Storage.StoredObjects;

namespace Cvmfs.Net.Proxy.Tests.Storage;

/// <summary>Random operations against a dictionary. What is found has the right bytes, always; what must be there is.</summary>
public sealed class ObjectCacheModelTests
{
    private const int FirstSeed = 20_260_101;

    [Fact]
    public async Task With_room_for_all_everything_that_was_added_is_found_across_restarts()
    {
        for (int seed = FirstSeed; seed < FirstSeed + 12; seed++) await RunAsync(seed, 64 << 20, killed: false, operations: 250);
    }

    [Fact]
    public async Task Killed_at_any_change_of_the_disk_what_was_stored_before_is_found()
    {
        for (int seed = FirstSeed + 100; seed < FirstSeed + 140; seed++) await RunAsync(seed, 64 << 20, killed: true, operations: 120);
    }

    [Fact]
    public async Task With_too_little_room_what_is_found_is_right_and_the_limit_holds()
    {
        for (int seed = FirstSeed + 200; seed < FirstSeed + 212; seed++) await RunAsync(seed, 4 << 20, killed: seed % 2 == 0, operations: 400);
    }

    [SlowFact]
    public async Task Thousands_of_random_histories()
    {
        for (int seed = FirstSeed + 1000; seed < FirstSeed + 3000; seed++) await RunAsync(seed, seed % 3 == 0 ? 4 << 20 : 64 << 20, killed: seed % 2 == 0, operations: 200);
    }

    private static async Task RunAsync(int seed, long maxBytes, bool killed, int operations)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        using var folder = new TempFolder();
        var run = new Run(seed, maxBytes, killed, folder.Path);
        await run.RunAsync(operations);
    }

    private sealed class Run(int seed, long maxBytes, bool killed, string folder)
    {
        private enum Presence
        {
            Never,
            Maybe,
            Certain,
        }

        private readonly Random _random = new(seed);
        private readonly byte[][] _contents = [.. Enumerable.Range(0, 60).Select(i => Content(seed + i * 1000, 1 + new Random(seed + i).Next(1 << new Random(i).Next(4, 18))))];
        private readonly Presence[] _presence = new Presence[60];
        private readonly bool[] _isOnDisk = new bool[60];
        private readonly bool[] _wasAdded = new bool[60]; // since the last restart: flushed means stored
        private FailingFiles _files = new();
        private ObjectCache _cache = null!;

        private bool IsRoomy => maxBytes > 32 << 20;

        public async Task RunAsync(int operations)
        {
            Open();
            for (int step = 0; step < operations; step++)
            {
                if (_files.IsDead) await RestartAsync(step);
                int i = _random.Next(_contents.Length);
                switch (_random.Next(100))
                {
                    case < 30:
                        _cache.Add(_contents[i], "r" + i % 5);
                        _wasAdded[i] = true;
                        if (_presence[i] != Presence.Certain) _presence[i] = Presence.Maybe;
                        break;
                    case < 45:
                        bool kept = _cache.StageAndCommit(_contents[i], "r" + i % 5, announced: _random.Next(2) == 0);
                        _presence[i] = kept && _contents[i].Length >= Location.OwnFileBytes && !_files.IsDead ? Presence.Certain : _presence[i] == Presence.Certain ? Presence.Certain : Presence.Maybe;
                        if (_presence[i] == Presence.Certain && _contents[i].Length >= Location.OwnFileBytes) _isOnDisk[i] = true;
                        break;
                    case < 50:
                        var staged = _cache.Stage(KeyOf(_contents[i]), "r", null, default);
                        if (staged is not null) TryWrite(staged, _contents[i]);
                        staged?.Discard();
                        break;
                    case < 85:
                        await CheckAsync(i, step);
                        break;
                    case < 90:
                        bool isQuiet = _random.Next(2) == 0; // what is on its way to disk or memory may come back
                        if (isQuiet) await FlushAsync();
                        _cache.Remove(KeyOf(_contents[i]).Hash);
                        _wasAdded[i] = false;
                        (_presence[i], _isOnDisk[i]) = (_files.IsDead || !isQuiet ? Presence.Maybe : Presence.Never, false);
                        break;
                    case < 97:
                        await FlushAsync();
                        break;
                    default:
                        await RestartAsync(step);
                        break;
                }
            }

            if (_files.IsDead) await RestartAsync(operations);
            for (int i = 0; i < _contents.Length; i++) await CheckAsync(i, operations);
            await _cache.DisposeAsync();
        }

        private static void TryWrite(StagedFile staged, byte[] content)
        {
            try
            {
                staged.Write(content);
            }
            catch (IOException)
            {
                // The disk died.
            }
        }

        private void Open()
        {
            _files = new FailingFiles { DiesAt = killed ? _random.Next(20, 300) : 0 };
            _cache = ObjectCache.Open(Options(folder, options =>
            {
                options.MaxBytes = maxBytes;
                options.MemoryBytes = 1 << 20;
            }), null, null, _files);
        }

        private async Task FlushAsync()
        {
            await _cache.FlushAsync();
            if (!IsRoomy) Assert.InRange(_cache.DiskFigures.UsedBytes, 0, _files.IsDead ? long.MaxValue : maxBytes);
            for (int i = 0; i < _contents.Length; i++)
            {
                if (!_wasAdded[i] || !IsRoomy || _files.IsDead) continue;
                (_presence[i], _isOnDisk[i]) = (Presence.Certain, true);
            }
        }

        private async Task RestartAsync(int step)
        {
            bool wasDead = _files.IsDead;
            await _cache.DisposeAsync();
            wasDead |= _files.IsDead; // closing writes too
            for (int i = 0; i < _contents.Length; i++)
            {
                _wasAdded[i] = false;
                // In memory only, or removed without the disk knowing: gone or back.
                if (_presence[i] == Presence.Never || (wasDead && !_isOnDisk[i])) _presence[i] = Presence.Maybe;
            }

            do Open();
            while (_files.IsDead && await DisposedAsync());
            await _cache.FlushAsync();
        }

        private async Task<bool> DisposedAsync()
        {
            await _cache.DisposeAsync();
            return true;
        }

        private async Task CheckAsync(int i, int step)
        {
            byte[]? read = await _cache.ReadAsync(KeyOf(_contents[i]).Hash);
            string at = $"seed {seed}, step {step}, object {i} of {_contents[i].Length} bytes";
            if (read is not null) Assert.True(read.AsSpan().SequenceEqual(_contents[i]), $"{at}: other bytes");
            if (read is not null) Assert.True(_presence[i] != Presence.Never, $"{at}: it was removed");
            else Assert.True(_presence[i] != Presence.Certain || !IsRoomy, $"{at}: lost");
        }
    }
}
