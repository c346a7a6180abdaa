using Cvmfs.Net.LoadBench;
using Cvmfs.Net.LoadBench.Checking;
using Cvmfs.Net.LoadBench.Collect;
using Cvmfs.Net.LoadBench.Eviction;
using Cvmfs.Net.LoadBench.Listing;
using Cvmfs.Net.LoadBench.Proxying;
using Cvmfs.Net.LoadBench.Publishing;
using Cvmfs.Net.LoadBench.Serving;
using Cvmfs.Net.LoadBench.Snapshot;
using Cvmfs.Net.LoadBench.Synthetic;

return args switch
{
    ["snapshot", .. var rest] => await SnapshotBench.RunAsync(Arguments.Parse(rest)),
    [SnapshotBench.RunMode, .. var rest] => await SnapshotBench.RunOnceAsync(Arguments.Parse(rest)),
    ["publish", .. var rest] => await PublishBench.RunAsync(Arguments.Parse(rest)),
    [PublishBench.RunMode, .. var rest] => await PublishBench.RunOnceAsync(Arguments.Parse(rest)),
    ["synthetic", .. var rest] => await SyntheticBench.RunTreeAsync(Arguments.Parse(rest)),
    ["synthetic-serve", .. var rest] => await SyntheticServer.RunAsync(Arguments.Parse(rest)),
    ["synthetic-history", .. var rest] => await SyntheticBench.RunHistoryAsync(Arguments.Parse(rest)),
    ["listing", .. var rest] => await ListingBench.RunAsync(Arguments.Parse(rest)),
    ["serve", .. var rest] => await ServeBench.RunAsync(Arguments.Parse(rest)),
    [ServeBench.RunMode, .. var rest] => await ServeRun.RunAsync(Arguments.Parse(rest)),
    ["proxy", .. var rest] => await ProxyBench.RunAsync(Arguments.Parse(rest)),
    [OriginServer.RunMode, .. var rest] => await OriginServer.RunAsync(Arguments.Parse(rest)),
    ["collect", .. var rest] => await CollectBench.RunAsync(Arguments.Parse(rest)),
    [CollectBench.RunMode, .. var rest] => await CollectBench.RunOnceAsync(Arguments.Parse(rest)),
    ["check", .. var rest] => await CheckBench.RunAsync(Arguments.Parse(rest)),
    [CheckBench.RunMode, .. var rest] => await CheckBench.RunOnceAsync(Arguments.Parse(rest)),
    ["eviction", .. var rest] => EvictionBench.Run(Arguments.Parse(rest)),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        """
        Whole paths, measured from outside: each run is a process of its own, contenders alternate, and ratios count, not times.

        snapshot --origin URL --key FILE --repository NAME [--folder DIR] [--runs 5] [--connections 32] [--transfers 512]
                 [--client own|framework] [--naive-workers 64]
            First snapshot of a repository into an empty folder (DIR, best on tmpfs), against "naive": a loop over the same objects without
            catalogs, with the framework's HTTP client, N workers, SHA-1, temporary file and rename. "framework" puts that client into ours.
            The origin is any static file server out of process that shows the repository's folder as URL, for instance
                cvmfs-net serve --root DIR --urls http://127.0.0.1:8000      or      nginx, with "root DIR" and keep-alive
            To measure a distant origin, put one in front that answers after a delay.

        publish --tree DIR [--folder DIR] [--runs 5]
            A directory tree into a new repository below the folder, whole: read, chunk, compress, hash, store, write catalogs, sign.

        synthetic [--objects 1000000] [--files-per-catalog 5000] [--workers 64] [--store none|disk] [--folder DIR]
            First snapshot of a repository that is made on the fly, in this process; "none" remembers names and throws objects away. Prints
            a curve: requests so far, live managed MiB, resident MiB, descriptors, threads.

        synthetic-serve --key FILE [--port 0] [--objects 1000000] [--files-per-catalog 5000]
        synthetic --origin URL --key FILE [--objects 1000000] [--workers 64] [--store none|disk] [--folder DIR]
            The same in two processes, through our own client: the first serves and writes the public key, the second copies and prints the
            curve, counted in objects that arrived ("disk": its ends only), so that the generator is not in the figures.

        synthetic-history [--revisions 100000] [--workers 64] [--folder DIR]
            Increment over so many revisions, with the same curve.

        listing --repository DIR --root-hash HASH [--runs 5]
            Recursive listing of a repository in a folder, against raw sqlite3_step over the same rows.

        serve --storage DIR --repository NAME [--folder DIR] [--runs 5] [--seconds 5] [--connections 64] [--objects 10000]
              [--only small|large] [--cli FILE] [--serve-options "..."]
            Serving a folder of objects to wrk, against nginx: random distinct small objects of the folder, then large ones that are made. FILE is a
            published cvmfs-net to measure in place of this program. Skipped where nginx or wrk is not installed.

        proxy --cli FILE [--folder DIR] [--only WORKLOAD,...] [--contenders ours,squid,nginx,varnish] [--runs 5] [--seconds 5] [--connections 64]
              [--budget-mib 1024] [--objects N] [--proxy-options "..."]
            Our caching proxy (FILE: a published cvmfs-net, or its .dll) against squid, nginx and Varnish, those that are installed, before an origin
            that is made: hot-one, hot-small, hot-files, hot-medium, hot-large, churn (wrk); cold, stampede, faults, polls, zipf, restart (clients that check
            every byte). Without --only: all. squid-ufs is squid with a folder instead of memory, squid-site squid as sites have it for CernVM-FS.

        collect --tree DIR [--folder DIR] [--runs 5]
        collect [--keys N] [--memory 256] [--folder DIR]
            Garbage collection of a repository of that tree half of which was dropped, against "naive": every catalog opened anew, two sets in memory,
            one object removed after the other. Without a tree: names alone, N kept (default: a curve from 10^5 to 10^7) and half as many condemned,
            sorted within so many MiB, against the two sets.

        check --repository DIR --key FILE [--runs 5] [--processes 2] [--full true|false] [--content true|false]
            A check of a repository in a folder, every object hashed, against "sha1sum": N processes of it over all files.

        eviction [--objects 200000] [--requests 2000000] [--percent 10]
            Which objects the proxy keeps: hits of its own policy and of others on made-up requests, with a cache of so many percent of all bytes.
        """);
    return 2;
}
