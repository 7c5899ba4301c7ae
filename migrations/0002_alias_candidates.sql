CREATE TABLE "alias_candidates" (
	"alias" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"version" integer NOT NULL,
	"share" double precision NOT NULL,
	"shadow" boolean NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "alias_candidates_share" CHECK ("alias_candidates"."share" > 0 and "alias_candidates"."share" <= 1)
);
--> statement-breakpoint
ALTER TABLE "alias_candidates" ADD CONSTRAINT "alias_candidates_alias_model_aliases_alias_fk" FOREIGN KEY ("alias") REFERENCES "public"."model_aliases"("alias") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "alias_candidates" ADD CONSTRAINT "alias_candidates_name_version_model_versions_name_version_fk" FOREIGN KEY ("name","version") REFERENCES "public"."model_versions"("name","version") ON DELETE no action ON UPDATE no action;