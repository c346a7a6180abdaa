// Placeholder until the first real content lands.
Console.WriteLine("Stratum1Replicator");
