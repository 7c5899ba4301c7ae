CREATE TABLE "survey_runs" (
	"survey_id" uuid NOT NULL,
	"key" text NOT NULL,
	"run_id" uuid NOT NULL,
	"adopted" boolean NOT NULL,
	CONSTRAINT "survey_runs_survey_id_key_pk" PRIMARY KEY("survey_id","key")
);
--> statement-breakpoint
CREATE TABLE "surveys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"position" bigint GENERATED ALWAYS AS IDENTITY (sequence name "surveys_position_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"name" text NOT NULL,
	"spec" jsonb NOT NULL,
	"state" text DEFAULT 'running' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp with time zone,
	"error_code" text,
	"error_message" text,
	"analysis_run" uuid,
	"report" jsonb,
	CONSTRAINT "surveys_position_unique" UNIQUE("position"),
	CONSTRAINT "surveys_name_unique" UNIQUE("name"),
	CONSTRAINT "surveys_state_known" CHECK ("surveys"."state" in ('running', 'succeeded', 'failed', 'cancelled'))
);
--> statement-breakpoint
ALTER TABLE "survey_runs" ADD CONSTRAINT "survey_runs_survey_id_surveys_id_fk" FOREIGN KEY ("survey_id") REFERENCES "public"."surveys"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "survey_runs" ADD CONSTRAINT "survey_runs_run_id_runs_id_fk" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "surveys" ADD CONSTRAINT "surveys_analysis_run_runs_id_fk" FOREIGN KEY ("analysis_run") REFERENCES "public"."runs"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "survey_runs_run" ON "survey_runs" USING btree ("run_id");